// One page that shows a number now and at revision 1. `cache` is the one in docs/queries.md.
import { Client, fetchExchange, gql } from "@urql/core";

const messages = [];
console.warn = console.error = (...texts) => messages.push(texts.join(" "));
const client = new Client({ url: `${process.env.SERVER}/graphql`, exchanges: [cache, fetchExchange], preferGetMethod: false });
const ask = async (query, requestPolicy = "cache-first") => {
  const { data, error } = await client.query(query, {}, { requestPolicy }).toPromise();
  if (error) throw error;
  return data;
};

const LIVE = gql`{ figure(id: "killed") { id best } }`;
const watched = [];
client.query(LIVE, {}).subscribe(({ data }) => watched.push(data?.figure.best));
const live = await ask(LIVE);
const past = await ask(gql`{ snapshot(revision: 1) { figure(id: "killed") { id best event { id name } } } }`);
await ask(gql`{ snapshot(revision: 1) { event(id: "battle") { id name } } }`);
await ask(gql`{ figure(id: "killed") { id provenance { low { disputed claims { id value } } } } }`);
await ask(gql`{ figure(id: "killed") { id provenance { low { origins } best { claims { id value } } } } }`);
await ask(gql`{ totals(where: { event: { eq: "battle" } }) { rows { best } } }`);
await ask(gql`{ totals(where: { event: { eq: "battle" } }) { rule leftOut { reason } } withheld { claims } }`);
await ask(gql`{ checkClaim(measure: KILLED, value: 15000, event: "battle") { verdict } }`);
await ask(gql`{ checkClaim(measure: KILLED, value: 15000, event: "battle") { supersededIn evidence { match status } } }`);

const ALL = gql`{
  figure(id: "killed") { id best provenance { low { disputed origins claims { id value } } best { claims { id value } } } }
  totals(where: { event: { eq: "battle" } }) { rule rows { best } }
  checkClaim(measure: KILLED, value: 15000, event: "battle") { verdict evidence { match status } }
  snapshot(revision: 1) { figure(id: "killed") { id best } event(id: "battle") { id name } }
}`;
const cached = await ask(ALL, "cache-only");
process.stdout.write(JSON.stringify({ live, past, cached, watched, messages }), () => process.exit(0));
