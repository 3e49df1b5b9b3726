// PostGraphile 5 over the benchmark's database. Arguments: port, processes, connections of each, address of PostgreSQL.
import cluster from "node:cluster";
import { createServer } from "node:http";
import { postgraphile } from "postgraphile";
import { makePgService } from "postgraphile/adaptors/pg";
import { grafserv } from "postgraphile/grafserv/node";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import { addPgTableOrderBy, jsonPgSmartTags, orderByAscDesc } from "postgraphile/utils";
import { PostGraphileConnectionFilterPreset } from "postgraphile-plugin-connection-filter";

const [port, processes, connections, url] = process.argv.slice(2);

const KINDS = ["source", "actor", "location", "event", "participation", "figure"];
const PROVED = ["location", "event", "figure"]; // Q3 asks for the claims about these, and for no other
const hidden = [
  ...KINDS.flatMap((kind) => [`${kind}_history`, `${kind}_claim_history`]),
  ...KINDS.filter((kind) => !PROVED.includes(kind)).map((kind) => `${kind}_claim`),
  "revision", "alembic_version",
];
const omitted = { tags: { behavior: "-*" } };

const preset = {
  extends: [PostGraphileAmberPreset, PostGraphileConnectionFilterPreset],
  plugins: [
    jsonPgSmartTags({ version: 1, config: { class: Object.fromEntries(hidden.map((name) => [`public.${name}`, omitted])) } }),
    // The order that the index has; by its own, PostGraphile leaves unknown dates first, and PostgreSQL would sort.
    addPgTableOrderBy({ schemaName: "public", tableName: "event" }, () => ({
      ...orderByAscDesc("STARTED_ON_KNOWN", "started_on", { nulls: "last" }),
      ...orderByAscDesc("ID_KNOWN", "id", { nulls: "last", unique: true }),
    })),
  ],
  // The role reads by pg_read_all_data, which PgRBACPlugin does not see.
  disablePlugins: ["PgRBACPlugin", "MutationPlugin", "SubscriptionPlugin"],
  schema: {
    defaultBehavior: "+list +connection -insert -update -delete",  // plain lists for links, connections at the root
    connectionFilterRelations: false,
  },
  gather: { installWatchFixtures: false },
  grafserv: { graphiql: false, watch: false, maxRequestLength: 100_000 },
  grafast: { explain: false },
  pgServices: [makePgService({
    connectionString: url, schemas: ["public"], pubsub: false,
    poolConfig: { max: Number(connections), min: Number(connections), idleTimeoutMillis: 0 },
  })],
};

if (cluster.isPrimary && Number(processes) > 1) {
  for (let n = 0; n < Number(processes); n++) cluster.fork();
} else {
  const served = postgraphile(preset).createServ(grafserv);
  const server = createServer({ keepAliveTimeout: 600_000 });
  server.on("error", (error) => { console.error(error); process.exit(1); });
  await served.addTo(server);
  server.listen(Number(port), "127.0.0.1");
}
