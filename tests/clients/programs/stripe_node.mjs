// Buys and refunds once with stripe-node as it comes, with nothing set but where Stripe is: `node stripe_node.mjs ROOT KEY`.
import Stripe from "stripe";

const [root, key] = process.argv.slice(2);
const { hostname, port } = new URL(root);
const stripe = new Stripe(key, { host: hostname, port, protocol: "http" });

const session = await stripe.checkout.sessions.create({
  mode: "payment",
  success_url: "https://shop.example/thanks",
  line_items: [{ quantity: 2, price_data: { currency: "eur", unit_amount: 450, product_data: { name: "Tea" } } }],
});
const form = { action: "pay", card_number: "4242 4242 4242 4242", expiry: "12/49", cvc: "123", name: "Ada", email: "ada@example.com" };
const page = await fetch(session.url, { method: "POST", body: new URLSearchParams(form), redirect: "manual" });
const paid = await stripe.checkout.sessions.retrieve(session.id, { expand: ["payment_intent"] });
const refund = await stripe.refunds.create({ payment_intent: paid.payment_intent.id });
console.log(
  JSON.stringify({
    page: page.status,
    paid: [paid.payment_status, paid.amount_total, paid.payment_intent.status],
    refund: [refund.status, refund.amount],
  }),
);
