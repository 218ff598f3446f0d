// The success page: shows the order of the receipt in the page's URL, and polls it until it is paid or closed.

import { CART, ORDER, Problem, askOrder, element, find, forget, keep, money, recall, showProblem, workingDays } from "./engine.js";

const WORDS = {
  open: ["Waiting for the confirmation", "The payment provider has not confirmed a payment yet. This is usually a matter of seconds."],
  pending: ["Your payment is on its way", "The order is placed. Some ways to pay take a few days; it is confirmed when the money arrives."],
  paid: ["Paid. Thank you!", "Your payment arrived and your order is confirmed."],
  partially_refunded: ["Paid, and partly refunded", "A part of your payment was sent back to you."],
  refunded: ["Refunded", "Your whole payment was sent back to you. It can take several days to show on your account."],
  failed: ["The payment did not go through", "This order is not paid. You can go back to the shop and try again or pay another way."],
  expired: ["The time to pay ran out", "This order closed without a payment. You can go back to the shop and start again."],
  cancelled: ["The order was cancelled", "This order is not paid. You can go back to the shop and start again."],
};
const FREE = ["Ordered. Thank you!", "There was nothing to pay, and your order is confirmed."];
const DISPUTED = "The bank or card company has a question about this payment and is settling it with the shop. You need to do nothing here.";
const IN_REVIEW = "The shop is looking at this payment by hand. Please do not pay again; the result will show here.";
const UNPAID = ["open", "pending"];
const PAID = ["paid", "partially_refunded", "refunded"];

const FIRST_WAIT = 2_000; // milliseconds
const MAX_WAIT = 30_000;
const STOP_AFTER = 600_000;

function setText(selector, text) {
  const target = find(selector);
  if (target.textContent !== text) target.textContent = text; // an unchanged live region stays silent
  target.hidden = text === "";
}

/** Returns the receipt in the URL, else the one saved in this tab. Removes it from the address bar. */
function takeReceipt() {
  const fragment = new URLSearchParams(location.hash.slice(1));
  const given = { order_id: fragment.get("order"), receipt: fragment.get("receipt") };
  if (!given.order_id || !given.receipt) return recall(ORDER);
  if (keep(ORDER, given)) history.replaceState(null, "", location.pathname + location.search);
  return given;
}

/** Empties the cart if this order was created from it. A cart filled since then is kept. */
function clearCart(order) {
  const attempts = Object.values(recall(CART)?.attempts ?? {});
  if (attempts.some((attempt) => attempt.order_id === order.order_id)) forget(CART);
}

/** Shows the discount, the delivery and the tax. An order without any of them has one row, its total. */
function showParts(order) {
  const shown = (minor) => money(minor, order.currency, order.exponent);
  const part = (label, minor) => element("tr", {}, element("th", { scope: "row" }, label), element("td", {}, shown(minor)));
  const taxes = (order.taxes ?? []).map(({ label, rate, included, tax_minor }) =>
    part(`${included ? "Includes " : ""}${label} ${rate} %`, tax_minor));
  const delivery = order.delivery ? [part(order.delivery.name + workingDays(order.delivery.days), order.shipping_minor)] : [];
  const discount = order.discount_minor ? [part(`Discount (${order.code})`, -order.discount_minor)] : [];
  find("#order-parts").replaceChildren(...discount, ...delivery, ...taxes);
}

/** What a line is: its name and options, and beneath it what the buyer wrote. */
function lineTitle(line) {
  const written = Object.values(line.inputs ?? {}).map((text) => element("span", { className: "written" }, text));
  return element("th", { scope: "row" }, [line.name, ...Object.values(line.options ?? {})].join(", "), ...written);
}

/** Links to the engine's pages of this order: the receipt, and the order's own page. */
function showLinks(order) {
  const links = [
    order.receipt?.url && element("a", { href: order.receipt.url }, `Receipt ${order.receipt.number}`),
    order.page_url && element("a", { href: order.page_url }, "This order's page, to keep"),
  ].filter(Boolean);
  const target = find("#order-links");
  if (target.querySelectorAll("a").length !== links.length) target.replaceChildren(...links);
  target.hidden = links.length === 0;
}

function show(order) {
  const words = WORDS[order.status] ?? [`Status: ${order.status}`, ""];
  const [title, explanation] = order.strategy === "free" && order.status === "paid" ? FREE : words;
  setText("#order-status", title);
  find("#order-status").dataset.status = order.status;
  setText("#order-explanation", order.needs_review ? "" : explanation);
  setText("#order-flags", [order.disputed && DISPUTED, order.needs_review && IN_REVIEW].filter(Boolean).join(" "));

  find("#order-lines").replaceChildren(...order.lines.map((line) => element("tr", {},
    lineTitle(line),
    element("td", {}, `${line.quantity} × ${line.unit}${line.interval ? ` per ${line.interval}` : ""}`))));
  showParts(order);
  setText("#order-total", order.total);
  find("#refunded-row").hidden = order.refunded_minor === 0;
  setText("#order-refunded", money(order.refunded_minor, order.currency, order.exponent));
  setText("#order-id", order.order_id);
  showLinks(order);
  find("#order").hidden = false;
  if (PAID.includes(order.status)) clearCart(order);
}

const sleep = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

const pageInView = () => new Promise((done) => {
  const check = () => {
    if (document.hidden) return;
    document.removeEventListener("visibilitychange", check);
    done();
  };
  document.addEventListener("visibilitychange", check);
  check();
});

/** Polls the order for 10 minutes, first after 2 seconds, then less often, and only while the page is in view. */
async function watch(receipt) {
  const stopAt = Date.now() + STOP_AFTER;
  find("#check-again").hidden = true;
  for (let wait = FIRST_WAIT; ; wait = Math.min(wait * 1.5, MAX_WAIT)) {
    try {
      const order = await askOrder(receipt);
      show(order);
      if (!UNPAID.includes(order.status)) {
        setText("#order-checking", "");
        return;
      }
      setText("#order-checking", "This page asks again by itself for ten minutes while you have it in view.");
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      if (!problem.passing) {
        refuse(problem.message);
        return;
      }
      setText("#order-checking", "The shop cannot be reached just now. This page keeps trying; your order is not affected.");
    }
    if (Date.now() > stopAt) break;
    await sleep(wait);
    await pageInView();
  }
  setText("#order-checking", "This page has stopped asking. Nothing is lost: look again later.");
  find("#check-again").hidden = false;
}

function refuse(reason) {
  setText("#order-status", "Your order cannot be shown");
  setText("#order-explanation", "");
  setText("#order-checking", "");
  find("#order").hidden = true;
  showProblem(reason);
}

const receipt = takeReceipt();
if (receipt) {
  find("#check-again").addEventListener("click", () => watch(receipt));
  watch(receipt);
} else {
  refuse("This page shows an order when you come back from paying, and its URL has no receipt. "
    + "If you paid, the payment provider's e-mail is your confirmation.");
}
