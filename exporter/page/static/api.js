// The JSON API of this server, and of no other.

const base = new URL("api/v1/", document.baseURI);
const PATIENCE_MS = 20000;

export class ApiError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status; // 0: no answer came
  }
}

export function addressOf(path) {
  return new URL(path, base).href;
}

// The answer's JSON; throws ApiError with what the server says of the fault.
export async function ask(path, { method = "GET", body } = {}) {
  let answer;
  try {
    answer = await fetch(addressOf(path), {
      method,
      headers: body === undefined ? {} : { "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(PATIENCE_MS),
      cache: "no-store",
    });
  } catch (fault) {
    throw new ApiError(0, fault.name === "TimeoutError" ? "Plimsoll did not answer in time." : "Plimsoll cannot be reached.");
  }
  let told = null;
  try {
    told = await answer.json();
  } catch {
    throw new ApiError(answer.status, `Plimsoll's answer was no JSON (status ${answer.status}).`);
  }
  if (!answer.ok) throw new ApiError(answer.status, told?.error?.message ?? `status ${answer.status}`);
  return told;
}

// Why a change was refused, in words for who sits before the page.
export function refusal(fault) {
  if (fault.status === 403) return "Changes are switched off: start Plimsoll with --web.enable-admin-api to allow them. " + fault.message;
  return fault.message;
}
