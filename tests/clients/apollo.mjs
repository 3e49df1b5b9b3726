// One page that shows a number now and at revision 1. `cache` is the one in docs/queries.md.
import { ApolloClient, HttpLink, gql } from "@apollo/client";

const messages = [];
console.warn = console.error = (...texts) => messages.push(texts.join(" "));
const client = new ApolloClient({ cache, link: new HttpLink({ uri: `${process.env.SERVER}/graphql` }) });
const ask = async (query) => (await client.query({ query })).data;

const LIVE = gql`{ figure(id: "killed") { id best } }`;
const watched = [];
client.watchQuery({ query: LIVE }).subscribe(({ data, dataState }) => {
  if (dataState === "complete") watched.push(data.figure.best);
});
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
  snapshot(revision: 1) { figure(id: "killed") { id best } event(id: "battle") { name } }
}`;
const cached = client.readQuery({ query: ALL });
process.stdout.write(JSON.stringify({ live, past, cached, watched, keys: Object.keys(cache.extract()).sort(), messages }));
client.stop();
