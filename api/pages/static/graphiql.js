// GraphiQL for our schema. The URL contains the query, so that it can be shared: #query=…
"use strict";

const root = document.getElementById("graphiql");
const given = new URLSearchParams(location.hash.slice(1));
const kept = { query: given.get("query"), variables: given.get("variables") };

// GraphiQL adds one style element when a dialog opens; the page's security policy allows it by this nonce.
window.__webpack_nonce__ = root.dataset.nonce;

function keep(name) {
  return (value) => {
    kept[name] = value;
    const parts = Object.entries(kept).filter(([, text]) => text && text !== root.dataset.query);
    history.replaceState(null, "", parts.length ? `#${new URLSearchParams(parts)}` : location.pathname);
  };
}

ReactDOM.createRoot(root).render(
  React.createElement(
    GraphiQL,
    {
      fetcher: GraphiQL.createFetcher({ url: root.dataset.url }),
      defaultQuery: root.dataset.query,
      query: kept.query ?? undefined,
      variables: kept.variables ?? undefined,
      onEditQuery: keep("query"),
      onEditVariables: keep("variables"),
      plugins: [GraphiQLPluginExplorer.explorerPlugin()],
      isHeadersEditorEnabled: false,
      showPersistHeadersSettings: false,
    },
    React.createElement(GraphiQL.Logo, {}, " "),
  ),
);
