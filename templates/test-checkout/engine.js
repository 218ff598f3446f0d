// Shared by the pages: calls to the engine, amounts as text, and storage in the tab.

const meta = (name) => document.querySelector(`meta[name="${name}"]`).content;
const engineUrl = meta("lightning-cart").replace(/\/+$/, "");
const TIMEOUT = 30_000; // milliseconds per request

export const site = meta("lightning-cart-site");

/**
 * The engine refused a request, or could not be reached (status 0). The message is for the buyer. `field` names the invalid
 * input, or is empty. `type` is the problem's address, or is empty. `order_status` is the status of an order whose checkout has
 * ended.
 */
export class Problem extends Error {
  constructor({ detail, title, status, field, type, order_status }) {
    super(detail || title || `The shop answered with an error (${status}). Please try again.`);
    this.status = status;
    this.field = field ?? "";
    this.type = type ?? "";
    this.order_status = order_status ?? "";
  }

  /** Whether a retry of the request may succeed. */
  get passing() {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

/** Sends a request to the engine and returns its JSON. Every failure is a Problem. */
export async function ask(path, { method = "GET", headers = {}, body, cache = "default" } = {}) {
  let response, answer;
  try {
    response = await fetch(engineUrl + path, {
      method, body, cache, credentials: "omit", signal: AbortSignal.timeout(TIMEOUT),
      headers: { Accept: "application/json, application/problem+json", ...headers },
    });
    answer = await response.text();
  } catch {
    throw new Problem({ status: 0, detail: "The shop could not be reached. Check your connection, then try again." });
  }
  try {
    answer = JSON.parse(answer);
  } catch {
    throw new Problem({ status: response.ok ? 502 : response.status });
  }
  if (!response.ok) {
    if (answer.reason) console.warn(`${path}: ${answer.field ?? ""} ${answer.reason}`); // for whoever builds the page
    throw new Problem({ ...answer, status: response.status });
  }
  return answer;
}

/** Returns an order; `order_id` and `receipt` come from the checkout's response. */
export const askOrder = ({ order_id, receipt }) =>
  ask(`/orders/${encodeURIComponent(order_id)}`, { headers: { Authorization: `Bearer ${receipt}` }, cache: "no-store" });

/** Formats 1000, "USD", 2 as "$10.00" in the page's language. The engine sends the exponent: browsers differ from ISO 4217. */
export function money(minor, currency, exponent) {
  const fixed = { style: "currency", currency, minimumFractionDigits: exponent, maximumFractionDigits: exponent };
  return new Intl.NumberFormat(document.documentElement.lang, fixed).format(minor / 10 ** exponent);
}

/** " (2 to 4 working days)", or nothing if the time is unknown. */
export function workingDays(both) {
  if (!both) return "";
  const [fewest, most] = both;
  return ` (${fewest === most ? most : `${fewest} to ${most}`} working ${most === 1 ? "day" : "days"})`;
}

export const CART = `lightning-cart:${site}:cart`;
export const ORDER = `lightning-cart:${site}:order`;

/** Returns the value saved under this name in this tab, or null. */
export function recall(name) {
  try {
    return JSON.parse(sessionStorage.getItem(name));
  } catch {
    return null;
  }
}

/** Saves a value until the tab is closed. Returns false if the browser does not allow it. */
export function keep(name, value) {
  try {
    sessionStorage.setItem(name, JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}

export function forget(name) {
  try {
    sessionStorage.removeItem(name);
  } catch {
    // A browser without storage has saved nothing.
  }
}

/** Creates <tag ...properties>children</tag>. Strings become text, never HTML. */
export function element(tag, properties = {}, ...children) {
  const { data = {}, aria = {}, ...rest } = properties;
  const made = Object.assign(document.createElement(tag), rest);
  Object.assign(made.dataset, data);
  for (const [name, value] of Object.entries(aria)) made.setAttribute(`aria-${name}`, value);
  made.append(...children);
  return made;
}

/** Returns an element of the page. If the page has lost it, says so on the page, to whoever is building it. */
export function find(selector) {
  const found = document.querySelector(selector);
  if (found) return found;
  const message = `This page has no ${selector}, and its script needs it: copy that element from the storefront's own page.`;
  document.body.prepend(element("p", { role: "alert" }, message));
  throw new Error(message);
}

/** Shows a problem in the page's alert, and moves the focus there or to the invalid field. */
export function showProblem(message, { field, again } = {}) {
  const alert = find("#problem");
  hideProblem();
  alert.append(element("p", {}, message));
  if (again) alert.append(element("button", { type: "button", onclick: again }, "Try again"));
  alert.hidden = false;
  if (field) {
    field.setAttribute("aria-invalid", "true");
    field.setAttribute("aria-errormessage", alert.id);
  }
  (field ?? alert).focus();
}

export function hideProblem() {
  const alert = find("#problem");
  alert.hidden = true;
  alert.replaceChildren();
  for (const field of document.querySelectorAll("[aria-invalid]")) {
    field.removeAttribute("aria-invalid");
    field.removeAttribute("aria-errormessage");
  }
}
