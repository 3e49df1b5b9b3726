// Swagger UI for our OpenAPI document. `validatorUrl` is off because it would contact another host.
"use strict";

const root = document.getElementById("swagger");
const dark = matchMedia("(prefers-color-scheme: dark)");

function follow() {
  document.documentElement.classList.toggle("dark-mode", dark.matches);
}

// Records refer to records that refer to records. With all references resolved, one operation is 5 MB and takes
// Swagger UI 13 s to open, so references are resolved three levels deep; deeper ones show only their name.
const DEPTH = 3;

function resolved(part, document, followed) {
  if (Array.isArray(part)) return part.map((one) => resolved(one, document, followed));
  if (part === null || typeof part !== "object") return part;
  if (typeof part.$ref === "string" && part.$ref.startsWith("#/")) {
    const steps = part.$ref.slice(2).split("/").map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
    if (followed.length >= DEPTH || followed.includes(part.$ref)) return { title: steps.at(-1), type: "object" };
    const { $ref, ...rest } = part;
    const name = steps[1] === "schemas" ? { title: steps.at(-1) } : {};
    return { ...name, ...resolved(steps.reduce((at, step) => at[step], document), document, [...followed, $ref]), ...rest };
  }
  return Object.fromEntries(Object.entries(part).map(([name, one]) => [name, resolved(one, document, followed)]));
}

const Resolver = () => ({
  fn: {
    resolveSubtree: async (document, path) => ({ spec: resolved(path.reduce((at, step) => at?.[step], document), document, []), errors: [] }),
  },
});

follow();
dark.addEventListener("change", follow);

SwaggerUIBundle({
  url: root.dataset.url,
  domNode: root,
  validatorUrl: null,
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  defaultModelRendering: "model",
  displayRequestDuration: true,
  presets: [SwaggerUIBundle.presets.apis],
  plugins: [Resolver],
  layout: "BaseLayout",
});
