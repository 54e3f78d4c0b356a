// What CloudFront runs for each request of /console*: every view of the console is the one page, which reads its own
// address. What is no view goes on as it came, and is not found. VIEWS is put before it: paths, with :name for any part.

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

function handler(event) {
  const request = event.request;
  if (isView(request.uri)) request.uri = "/console";
  return request;
}
