// The endpoint is relative to this page, so that the page works behind a proxy
// that adds a path.
const endpoint = new URL('graphql', window.location.href);
const fetcher = GraphiQL.createFetcher({ url: endpoint.href });

const welcome = `# Ctrl-Enter runs the operation under the cursor.
# The explorer on the left shows the schema.

{
  __typename
}
`;

ReactDOM.createRoot(document.getElementById('graphiql')).render(
  React.createElement(GraphiQL, { fetcher, defaultQuery: welcome }),
);
