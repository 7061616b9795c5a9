// Talks to the server. Every failure is an Error with `remedy`, as the server words it.

export class ApiError extends Error {
  constructor(status, message, remedy) {
    super(message);
    this.status = status;
    this.remedy = remedy;
  }
}

/** `path("/api/x", {a: 1, b: null})` is `/api/x?a=1`. */
export function path(base, params = {}) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    if (value !== null && value !== undefined && value !== "") query.set(name, value);
  }
  const text = query.toString();
  return text ? `${base}?${text}` : base;
}

/** Segments of a path, each encoded. */
export function at(...segments) {
  return `/api/${segments.map(encodeURIComponent).join("/")}`;
}

async function request(url, options) {
  let answer;
  try {
    answer = await fetch(url, { credentials: "same-origin", ...options });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError(0, "the server does not answer", "see whether `oddbench serve` still runs, start it again, and reload this page");
  }
  if (answer.status === 401) {
    location.assign("/login");
    throw new ApiError(401, "you are not logged in", "enter the token that `oddbench serve` was started with");
  }
  if (answer.status === 204) return null;
  const json = (answer.headers.get("content-type") ?? "").includes("json");
  let body = null;
  try {
    if (json) body = await answer.json();
  } catch (error) {
    if (error.name === "AbortError" || answer.ok) throw error;
  }
  if (!answer.ok) {
    throw new ApiError(answer.status, body?.error ?? `the server answered ${answer.status}`, body?.remedy ?? "try again; the server's own messages say more");
  }
  return body;
}

/** The JSON at `url`. */
export function get(url, signal) {
  return request(url, { signal });
}

/** Sends JSON. */
export function post(url, body, signal) {
  return request(url, { method: "POST", signal, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
}

/** Sends a file as it is; its first bytes say what it holds. */
export function upload(url, file, signal) {
  return request(url, { method: "POST", signal, headers: { "Content-Type": "application/octet-stream" }, body: file });
}

/** Deletes; that the thing is gone already is no error. */
export async function remove(url) {
  try {
    await request(url, { method: "DELETE", keepalive: true });
  } catch (error) {
    if (error.status !== 404) throw error;
  }
}

/**
 * Server-sent events. `handlers` by event name take the parsed data; those named in `ends` close the
 * stream. `lost(error)` is called if the connection breaks or is refused. Returns a function that closes it.
 */
export function events(url, handlers, ends, lost, signal) {
  const source = new EventSource(url);
  const close = () => source.close();
  for (const [name, handler] of Object.entries(handlers)) {
    source.addEventListener(name, (event) => {
      if (ends.includes(name)) close();
      handler(JSON.parse(event.data));
    });
  }
  // The browser would begin again by itself, from the start; the page decides instead.
  source.onerror = async () => {
    close();
    if (signal?.aborted) return;
    lost(new ApiError(0, "the stream from the server broke off", "see whether `oddbench serve` still runs, then start again"));
  };
  signal?.addEventListener("abort", close);
  return close;
}
