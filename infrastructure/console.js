// What CloudFront runs for each request of /console*: every view of the console is the one page, which reads its own
// address. What is no view is not found. VIEWS is put before it: paths, with :name for any part.

function isView(path) {
  const parts = path.split("/");
  return VIEWS.some((view) => {
    const wanted = view.split("/");
    return (
      wanted.length === parts.length &&
      wanted.every((part, at) => (part.startsWith(":") ? parts[at] !== "" : part === parts[at]))
    );
  });
}

function notFound() {
  const problem = {
    type: "/problems/not-found",
    title: "There is nothing here",
    status: 404,
    detail: "the console has no such view",
  };
  return {
    statusCode: 404,
    statusDescription: "Not Found",
    headers: {
      "content-type": { value: "application/problem+json" },
      "cache-control": { value: "no-store" },
      "x-content-type-options": { value: "nosniff" },
    },
    body: { encoding: "text", data: JSON.stringify(problem) },
  };
}

function handler(event) {
  const request = event.request;
  if (!isView(request.uri)) return notFound();
  request.uri = "/console";
  return request;
}
