// The shop page. Products, prices and payment strategies come from the engine; the cart is kept in this tab.

import { choiceFields, describe, isSame, unitPrice, variantOf } from "./choices.js";
import { codeToAsk, codeToOrder, dropCode, isCodeUnapplied, onCode, recallCode, showCode } from "./code.js";
import { askQuote, delivery, offerCountries, recallDelivery } from "./delivery.js";
import { CART, ORDER, Problem, ask, askOrder, element, find, hideProblem, keep, money, recall, showProblem, site } from "./engine.js";

const form = find("#cart-form");
const plainForm = document.querySelector("#buy-now"); // a shop may leave it out
const linesList = find("#cart-lines");
const email = document.querySelector("#email"); // likewise
const vatId = document.querySelector("#vat-id"); // likewise
const currencyChoice = find("#currency");
const statusLine = find("#status");

const FREE = "free"; // the way to order a cart that comes to nothing
const PRICELESS = ["customer_email", "delivery.name", "delivery.line1", "delivery.city"]; // no total depends on them
const CHECKOUT_ENDED = "/problems/checkout-ended";
const UNPAID = ["open", "failed", "expired", "cancelled"];

let products = [];
let ways = [];
let cart = { currency: "", email: "", vat_id: "", code: "", lines: [], attempts: {} };
let waiting = false;
let quote; // of the cart as it is; undefined until the engine has answered
let refusal; // why the engine has no quote for it
let free; // the way to order a cart that comes to nothing, as the last quote had it

const offers = (product) => [...product.prices, ...product.amount];
const productOf = (line) => products.find((product) => product.id === line.id);
const priceOf = (line) => unitPrice(productOf(line), line, cart.currency);
const intervalOf = (line) => productOf(line).prices[0]?.interval;
const lineOf = (choice) => cart.lines.find((line) => isSame(line, choice));
const inCart = (product) => cart.lines.filter((line) => line.id === product.id).reduce((count, line) => count + line.quantity, 0);
const isDelivered = () => cart.lines.some((line) => productOf(line).ships);
const exponent = () => products.flatMap(offers).find((price) => price.currency === cart.currency).exponent;
const amountText = (minor) => money(minor, cart.currency, exponent());
const priceText = (minor, interval) => amountText(minor) + (interval ? ` per ${interval}` : "");
const sum = (lines) => lines.reduce((total, line) => total + line.quantity * priceOf(line), 0);
const say = (text) => { statusLine.textContent = text; };

// ---- cart: data

/** Whether the variant that a line names is still made; a product without variants has none to name. */
function isMade(line) {
  const product = productOf(line);
  return product.variants.length ? Boolean(variantOf(product, line.options ?? {})?.available) : !line.options;
}

/** Restores the cart of this tab, without products that are no longer in the catalogue. */
function recallCart() {
  const kept = recall(CART) ?? {};
  const currencies = [...new Set(products.flatMap((product) => offers(product).map((price) => price.currency)))];
  cart = {
    currency: currencies.includes(kept.currency) ? kept.currency : currencies[0],
    email: kept.email ?? "",
    vat_id: kept.vat_id ?? "",
    code: kept.code ?? "",
    lines: (kept.lines ?? []).filter((line) => productOf(line) && isMade(line)),
    delivery: kept.delivery,
    attempts: kept.attempts ?? {},
  };
  recallDelivery(cart.delivery);
  if (cart.lines.length < (kept.lines ?? []).length) say("Something that is no longer sold was taken out of your cart.");
  recallCode(cart.code);
  if (email) email.value = cart.email;
  if (vatId) vatId.value = cart.vat_id;
  currencyChoice.replaceChildren(...currencies.map((code) => element("option", { value: code }, code)));
  currencyChoice.value = cart.currency;
  find("#currency-row").hidden = currencies.length < 2;
}

/** Saves a changed cart. Other content is another purchase, so its idempotency keys are new. */
function cartChanged() {
  cart.attempts = {};
  keep(CART, cart);
  hideProblem();
}

function add(product, choice) {
  if (inCart(product) >= product.max_quantity) {
    say(`${product.name}: ${product.max_quantity} is the most for one order.`);
    return;
  }
  const line = lineOf(choice);
  if (line) line.quantity += 1;
  else cart.lines.push({ ...choice, quantity: 1 });
  cartChanged();
  showCart();
  say(`${product.name}: ${inCart(product)} in your cart.`);
}

function remove(line) {
  cart.lines = cart.lines.filter((other) => other !== line);
  cartChanged();
  showCart();
  say(`${productOf(line).name}: taken out of your cart.`);
  find("#cart-title").focus();
}

function changeQuantity(line, input) {
  if (input.validity.valid) {
    line.quantity = input.valueAsNumber;
    cartChanged();
  }
  showAmounts();
}

// ---- cart: page

/** The price of a choice, or why it cannot be had. */
function choiceText(product, choice) {
  if (!isMade(choice)) return variantOf(product, choice.options) ? "Not available at the moment" : "Not made in this combination";
  const price = unitPrice(product, choice, cart.currency);
  if (price === undefined) return product.amount.length ? "" : `Not sold in ${cart.currency}`;
  return priceText(price, product.prices[0]?.interval);
}

function productCard(product) {
  const plain = plainForm?.elements.namedItem("id")?.value === product.id && plainForm.querySelector("img");
  const picture = product.image ?? (plain && plain.src);
  const image = picture && element("img", { src: picture, alt: "" });
  const price = element("p", { className: "price" });
  const button = element("button", { data: { add: "" }, aria: { label: `Add to cart: ${product.name}` } }, "Add to cart");
  const { fields, read } = choiceFields(product, cart.currency, changed);

  function changed() {
    const choice = read();
    const variant = product.variants.length ? variantOf(product, choice.options) : undefined;
    price.textContent = choiceText(product, choice);
    button.disabled = !isMade(choice) || (!product.amount.length && unitPrice(product, choice, cart.currency) === undefined);
    if (image && variant?.image) image.src = variant.image;
  }

  const about = element("form", {
    className: "about", onsubmit: (event) => {
      event.preventDefault();
      add(product, read());
    },
  }, element("h3", {}, product.name), element("p", {}, product.description ?? ""), price, ...fields, button);
  const card = element("li", { className: "card product", data: { product: product.id } });
  card.append(...[image, about].filter(Boolean));
  changed();
  return card;
}

function cartLine(line) {
  const product = productOf(line);
  const price = priceOf(line);
  const id = `quantity-${cart.lines.indexOf(line)}`;
  const input = element("input", {
    id, type: "number", inputMode: "numeric", min: 1, max: product.max_quantity, step: 1, required: true, value: line.quantity,
    oninput: () => changeQuantity(line, input),
  });
  return element("li", { data: { line: line.id } },
    element("p", { className: "name" }, product.name),
    element("p", { className: "unit" }, describe(product, line)),
    element("p", { className: "unit" }, price === undefined
      ? `Not sold in ${cart.currency}. Remove it, or choose another currency.`
      : priceText(price, intervalOf(line))),
    element("div", { className: "quantity" },
      element("label", { htmlFor: id }, "Quantity", element("span", { className: "unseen" }, ` of ${product.name}`)),
      input),
    element("p", { className: "amount" }),
    element("button", {
      type: "button", className: "quiet", aria: { label: `Remove ${product.name}` }, onclick: () => remove(line),
    }, "Remove"));
}

function showProducts() {
  find("#products").replaceChildren(...products.map(productCard));
}

function showCart() {
  linesList.replaceChildren(...cart.lines.map(cartLine));
  find("#cart-empty").hidden = cart.lines.length > 0;
  form.hidden = cart.lines.length === 0;
  showAmounts();
}

/** Shows the amounts. An invalid quantity, or a product without a price, shows a dash. */
function showAmounts() {
  const inputs = [...linesList.querySelectorAll("input")];
  const good = cart.lines.map((line, n) => inputs[n].validity.valid && priceOf(line) !== undefined);
  linesList.querySelectorAll(".amount").forEach((amount, n) => {
    amount.textContent = good[n] ? amountText(sum([cart.lines[n]])) : "–";
  });
  const complete = good.every(Boolean);
  find("#cart-total").textContent = complete ? amountText(sum(cart.lines)) : "–";
  quote = refusal = undefined;
  const { items, currency } = cartBody();
  const asked = { items, site, currency, code: codeToAsk(), customer_email: email?.validity.valid && cart.email ? cart.email : undefined };
  askQuote(complete && items.length ? asked : undefined, isDelivered(), methodChosen, showQuote);
  find("#cart-renews").textContent = complete ? renewals() : "";
  find("#cart-count").textContent = cart.lines.reduce((count, line) => count + line.quantity, 0);
  allowPaying();
}

/** The cart without a way to pay and a delivery, as the engine takes it. */
function cartBody() {
  return { items: cart.lines, site, currency: cart.currency, customer_email: cart.email || undefined, vat_id: cart.vat_id || undefined };
}

function methodChosen() {
  cart.delivery = delivery();
  cartChanged();
  showAmounts();
}

/** Shows the total with delivery and tax, or a dash while something is missing that the total depends on. */
function showQuote(found, problem) {
  if (problem && dropCode(problem)) {
    showAmounts();
    return;
  }
  quote = found;
  refusal = problem?.message;
  if (quote) {
    showCode(quote);
    cart.code = codeToAsk() ?? "";
    keep(CART, cart);
  }
  allowPaying();
  const known = quote && (free || quote.missing.every(({ field }) => PRICELESS.includes(field)));
  find("#cart-total").textContent = known ? amountText(quote.total_minor) : "–";
}

/** "$5.00 of this is charged again every month." for each interval in the cart. */
function renewals() {
  return ["week", "month", "year"].map((interval) => {
    const lines = cart.lines.filter((line) => intervalOf(line) === interval);
    return lines.length ? `${amountText(sum(lines))} of this is charged again every ${interval}.` : "";
  }).filter(Boolean).join(" ");
}

/** Whether a way to pay can take what is in the cart; the engine judges the rest. */
function takes({ name, limits }) {
  const intervals = cart.lines.map(intervalOf);
  const mixed = new Set(intervals.map(Boolean)).size > 1;
  const judged = quote?.strategies.find((way) => way.name === name);
  if (judged && !judged.able) return false;
  return cart.currency in limits.currencies && (limits.recurring || !intervals.some(Boolean)) && (limits.mixed || !mixed);
}

/** Offers the button of a cart that comes to nothing in place of the others, and says which fields it needs. */
function offerFree() {
  free = quote ? quote.strategies.find(({ name }) => name === FREE) : free;
  const button = find(`#pay [data-strategy="${FREE}"]`);
  if (free) button.textContent = free.label;
  button.hidden = !free;
  for (const way of ways) find(`#pay [data-strategy="${way.name}"]`).hidden = Boolean(free);
  find("#pay-note").hidden = Boolean(free);
  if (!email) return;
  const needed = Boolean(free) || (quote?.missing ?? []).some(({ field }) => field === "customer_email");
  find("#email-optional").hidden = needed;
  find("#email-hint").hidden = needed;
}

/** What the buyer has to do before the cart can be paid, in words, or "". */
const toDo = () => refusal ?? [free?.reason, ...(quote?.missing ?? []).map(({ detail }) => detail)].filter(Boolean).join(" ");

/** Disables the buttons that cannot be pressed, and says why. A wrong quantity is explained when one is pressed. */
function allowPaying() {
  offerFree();
  const priced = quote || !(isDelivered() || codeToAsk()) || form.querySelector("input:invalid");
  const sellable = cart.lines.every((line) => priceOf(line) !== undefined) && priced && !toDo();
  for (const way of ways) {
    find(`#pay [data-strategy="${way.name}"]`).disabled = waiting || !sellable || !takes(way);
  }
  find(`#pay [data-strategy="${FREE}"]`).disabled = waiting || !sellable || !quote || !free?.able;
  const hint = toDo() || (sellable && !free && !ways.every(takes) ? "Not every way to pay can take what is in your cart." : "");
  find("#pay-hint").hidden = !hint;
  if (find("#pay-hint").textContent !== hint) find("#pay-hint").textContent = hint;
  form.setAttribute("aria-busy", waiting);
}

function setWaiting(state) {
  waiting = state;
  say(waiting ? "Opening the payment page…" : "");
  const parts = ["#shop", "#delivery", "#cart-lines", "#code-row", "#cart-details", "#vat-row"];
  for (const part of parts.map((name) => document.querySelector(name))) if (part) part.inert = waiting;
  allowPaying();
}

// ---- payment

/** The field that a refusal names: `items[1].quantity` is the second line's. */
function fieldNamed(name) {
  const named = { customer_email: email, vat_id: vatId, code: document.querySelector("#code") };
  if (name in named) return named[name] ?? undefined;
  if (name.startsWith("delivery.")) return find("#delivery").querySelector(`[name="${name.slice("delivery.".length)}"]`) ?? undefined;
  const item = /^items\[(\d+)\]/.exec(name);
  return item ? linesList.querySelectorAll("input")[item[1]] : undefined;
}

/** An order's status; "unknown" for one that the engine no longer shows us. */
async function statusOf(attempt) {
  try {
    return (await askOrder(attempt)).status;
  } catch (problem) {
    if (problem instanceof Problem && !problem.passing) return "unknown";
    throw problem;
  }
}

/**
 * Returns the attempt of this cart whose order is paid or pending, or null. Attempts that can no longer be paid are
 * removed, so that their keys are not reused.
 */
async function orderAlreadyPlaced() {
  for (const [body, attempt] of Object.entries(cart.attempts)) {
    if (!attempt.order_id) continue;
    const status = await statusOf(attempt);
    const timeIsUp = attempt.expires_at && attempt.expires_at * 1000 < Date.now();
    if (["failed", "expired", "cancelled", "unknown"].includes(status) || (status === "open" && timeIsUp)) delete cart.attempts[body];
    else if (status !== "open") return attempt;
  }
  return null;
}

/** Sends the cart. Its idempotency key is kept until the cart changes or is paid: pressing twice creates one order. */
async function order(body) {
  const attempt = (cart.attempts[body] ??= { key: crypto.randomUUID() });
  keep(CART, cart);
  const { order_id, receipt, expires_at, url } = await ask("/checkout", {
    method: "POST", body, headers: { "Content-Type": "application/json", "Idempotency-Key": attempt.key },
  });
  Object.assign(attempt, { order_id, receipt, expires_at });
  keep(CART, cart);
  return url;
}

/** Whether the order of an idempotency key has ended, and its page with it, although nobody paid. */
const endedUnpaid = (problem) => problem.type === CHECKOUT_ENDED && UNPAID.includes(problem.order_status);

/** Creates an order and returns its payment page. If an earlier order of this cart has ended unpaid, it creates another, once. */
async function checkout(strategy) {
  const body = JSON.stringify({ ...cartBody(), code: codeToOrder(), strategy, delivery: delivery() });
  try {
    return await order(body);
  } catch (problem) {
    if (problem.status !== 409) throw problem;
    delete cart.attempts[body]; // its key is of no use any more
    keep(CART, cart);
    if (!endedUnpaid(problem)) throw problem;
    return await order(body);
  }
}

/** The engine's words for buyers, and what it cannot know: which button is on this page. */
function buyersWords(problem) {
  if (endedUnpaid(problem)) return "The payment page could not be opened. Please press the pay button again.";
  if (problem.type === CHECKOUT_ENDED) return `${problem.message} To buy it once more, press the pay button again.`;
  return problem.message + (problem.passing ? " Pressing the pay button again asks for the same order, not for a second one." : "");
}

async function pay(event) {
  event.preventDefault();
  if (waiting) return;
  hideProblem();
  const wrong = form.querySelector("input:invalid");
  if (wrong) {
    showProblem(`${wrong.labels[0].textContent}: ${wrong.validationMessage}`, { field: wrong });
    return;
  }
  if (isCodeUnapplied()) {
    showProblem("Discount code: press Apply to use it, or empty the field.", { field: find("#code") });
    return;
  }
  setWaiting(true);
  try {
    const placed = await orderAlreadyPlaced();
    if (placed) {
      keep(ORDER, { order_id: placed.order_id, receipt: placed.receipt });
      location.assign("success.html");
    } else {
      location.assign(await checkout(event.submitter.dataset.strategy));
    }
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    setWaiting(false);
    showProblem(buyersWords(problem), { field: fieldNamed(problem.field) });
    if (problem.field === "code") showAmounts(); // it held a moment ago
  }
}

// ---- start

async function start() {
  hideProblem();
  try {
    const query = `?site=${encodeURIComponent(site)}`;
    const [catalogue, offered] = await Promise.all([ask(`/products${query}`), ask(`/strategies${query}`)]);
    ways = offered.strategies;
    products = catalogue.products.filter((product) => offers(product).length > 0);
    offerCountries(catalogue.countries, catalogue.home_country);
    const buttons = [...ways, { name: FREE, label: "" }];
    find("#pay").replaceChildren(...buttons.map(({ name, label }) =>
      element("button", { type: "submit", data: { strategy: name }, hidden: name === FREE }, label)));
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    showProblem(`The product list could not be loaded. ${problem.message}`, { again: start });
    return;
  }
  recallCart();
  if (plainForm) plainForm.hidden = true;
  find("#products").hidden = find("#cart").hidden = find("#cart-link").hidden = false;
  find("#products-none").hidden = products.length > 0;
  find("#pay").before(find("#problem"));
  showProducts();
  showCart();
}

form.addEventListener("submit", pay);
email?.addEventListener("input", () => {
  cart.email = email.value;
  keep(CART, cart);
  if (codeToAsk() || free) showAmounts(); // either may need the address
});
vatId?.addEventListener("input", () => {
  cart.vat_id = vatId.value.trim();
  keep(CART, cart);
});
onCode((code) => {
  cart.code = code;
  cartChanged();
  showAmounts();
});
find("#delivery").addEventListener("written", methodChosen);
currencyChoice.addEventListener("change", () => {
  cart.currency = currencyChoice.value;
  cartChanged();
  showProducts();
  showCart();
});
// The Back button may restore the page from the browser's cache: still waiting, and with an old cart.
addEventListener("pageshow", (event) => {
  if (!event.persisted || products.length === 0) return;
  setWaiting(false);
  recallCart();
  showProducts();
  showCart();
});

start();
