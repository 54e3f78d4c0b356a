// Starts Swagger UI on this server's own description.
// The description is OpenAPI 3.1, which this release of Swagger UI does not read; what it shows is the same in 3.0.

import { read } from "./session.js";

/** A 3.1 schema, and all within it, as 3.0 says it. */
function older(value) {
  if (Array.isArray(value)) return value.map(older);
  if (value === null || typeof value !== "object") return value;
  const { const: only, examples, not: _not, ...rest } = value;
  const schema = Object.fromEntries(Object.entries(rest).map(([key, inner]) => [key, key === "example" ? inner : older(inner)]));
  if (only !== undefined) schema.enum = [only];
  if (Array.isArray(examples)) schema.example = examples[0];
  else if (examples !== undefined) schema.examples = examples;
  if (schema.enum) schema.enum = schema.enum.filter((item) => item !== null);
  if (typeof schema.exclusiveMinimum === "number") Object.assign(schema, { minimum: schema.exclusiveMinimum, exclusiveMinimum: true });
  return withoutNull(schema);
}

/** "null" among the types, or among the alternatives, becomes `nullable`. */
function withoutNull(schema) {
  const kinds = [schema.type].flat().filter((kind) => kind !== undefined);
  const others = kinds.filter((kind) => kind !== "null");
  if (kinds.length > others.length) schema.nullable = true;
  if (Array.isArray(schema.type)) {
    delete schema.type;
    if (others.length === 1) [schema.type] = others;
    else schema.anyOf = others.map((type) => ({ type }));
  } else if (schema.type === "null") {
    delete schema.type;
  }
  if (!Array.isArray(schema.anyOf)) return schema;
  const real = schema.anyOf.filter((part) => Object.keys(part).join() !== "nullable");
  if (real.length === schema.anyOf.length) return schema;
  const { anyOf: _anyOf, ...rest } = schema;
  return real.length === 1 && !real[0].$ref ? { ...real[0], ...rest, nullable: true } : { ...rest, anyOf: real, nullable: true };
}

/** A session's requests carry the token that says a page of this server sent them. */
async function asSession(request) {
  const changes = !["GET", "HEAD"].includes((request.method ?? "GET").toUpperCase());
  if (!changes || request.headers?.Authorization) return request;
  const who = await read("/session").catch(() => null);
  if (who?.csrfToken) request.headers = { ...request.headers, "CSRF-Token": who.csrfToken };
  return request;
}

async function start() {
  const response = await fetch("/openapi.json", { credentials: "omit" });
  if (!response.ok) throw new Error(`status ${response.status}`);
  const description = older(await response.json());
  SwaggerUIBundle({
    // Under whichever name this page was opened: requests to another origin would be refused.
    spec: { ...description, openapi: "3.0.3", servers: [{ url: location.origin }] },
    dom_id: "#swagger-ui",
    deepLinking: true,
    validatorUrl: null,
    withCredentials: false,
    requestInterceptor: asSession,
    defaultModelsExpandDepth: 0,
    presets: [SwaggerUIBundle.presets.apis],
  });
}

start().catch((error) => {
  const text = document.createElement("p");
  text.className = "problem";
  text.textContent = `The description could not be loaded (${error.message}). Is the server running?`;
  document.getElementById("swagger-ui").replaceChildren(text);
});
