// What the pages share: the engine's address, one call to it, money as text, and a memory that lasts as long as the tab.

const meta = (name) => document.querySelector(`meta[name="${name}"]`).content;
const address = meta("lightning-cart").replace(/\/+$/, "");
const PATIENCE = 30_000; // milliseconds to wait for one answer

export const site = meta("lightning-cart-site");

/** The engine said no, or could not be reached (status 0). `field` names the input at fault, where there is one. */
export class Problem extends Error {
  constructor({ detail, title, status, field }) {
    super(detail || title || `The shop answered with an error (${status}). Please try again.`);
    this.status = status;
    this.field = field ?? "";
  }

  /** True when the same request may well succeed a moment later. */
  get passing() {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

/** Asks the engine and returns its JSON answer. Every failure is a Problem. */
export async function ask(path, { method = "GET", headers = {}, body, cache = "default" } = {}) {
  let response, answer;
  try {
    response = await fetch(address + path, {
      method, body, cache, credentials: "omit", signal: AbortSignal.timeout(PATIENCE),
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
  if (!response.ok) throw new Problem({ ...answer, status: response.status });
  return answer;
}

/** The state of one order: `{order_id, receipt}` is what the checkout answered. */
export const askOrder = ({ order_id, receipt }) =>
  ask(`/orders/${encodeURIComponent(order_id)}`, { headers: { Authorization: `Bearer ${receipt}` }, cache: "no-store" });

/** 1000, "USD", 2 -> "$10.00", in the language of the page. The exponent is the engine's: browsers differ from ISO 4217. */
export function money(minor, currency, exponent) {
  const fixed = { style: "currency", currency, minimumFractionDigits: exponent, maximumFractionDigits: exponent };
  return new Intl.NumberFormat(document.documentElement.lang, fixed).format(minor / 10 ** exponent);
}

export const CART = `lightning-cart:${site}:cart`;
export const ORDER = `lightning-cart:${site}:order`;

/** What was saved under this name in this tab, or null. */
export function recall(name) {
  try {
    return JSON.parse(sessionStorage.getItem(name));
  } catch {
    return null;
  }
}

/** Saves for the life of this tab. False when the browser does not allow it. */
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
    // A browser without storage has nothing to forget.
  }
}

/** <tag ...properties>children</tag>. Text stays text: nothing here is ever read as HTML. */
export function element(tag, properties = {}, ...children) {
  const { data = {}, aria = {}, ...rest } = properties;
  const made = Object.assign(document.createElement(tag), rest);
  Object.assign(made.dataset, data);
  for (const [name, value] of Object.entries(aria)) made.setAttribute(`aria-${name}`, value);
  made.append(...children);
  return made;
}

/** Shows a refusal in the page's alert and moves the focus there, or to the field it is about. */
export function showProblem(message, { field, again } = {}) {
  const alert = document.querySelector("#problem");
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
  const alert = document.querySelector("#problem");
  alert.hidden = true;
  alert.replaceChildren();
  for (const field of document.querySelectorAll("[aria-invalid]")) {
    field.removeAttribute("aria-invalid");
    field.removeAttribute("aria-errormessage");
  }
}
