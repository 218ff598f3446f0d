// The same checkout in JavaScript, as most people would write it: Hono, and stripe-node.
import { Hono } from "hono";
import Stripe from "stripe";

const PRODUCTS = {
  "test-10": { name: "Test checkout", prices: { USD: 1000, EUR: 950 }, image: "/test-10.svg" },
  mug: { name: "Lightning mug", prices: { USD: 1450, EUR: 1300 }, image: "" },
  supporter: { name: "Supporter", prices: { USD: 500, EUR: 500 }, image: "" },
};
const INSERT_ORDER = `
  INSERT INTO orders (id, site, strategy, provider, status, currency, total_minor, lines, metadata, customer_email,
    statement_descriptor_suffix, idempotency_key, request_digest, created_at, updated_at)
  VALUES (?, 'test-checkout', 'stripe_checkout', 'stripe', 'open', 'USD', ?, '[]', '{}', '', '', ?, '', ?, ?)`;
const SAVE_SESSION = "UPDATE orders SET session_id = ?, session_url = ?, session_expires_at = ? WHERE id = ?";
const INSERT_EVENT = `
  INSERT INTO events (provider, event_id, type, kind, order_id, amount_minor, currency, payment_ref, subscription_ref,
    subject, status_before, verdict, fresh, received_at)
  VALUES ('stripe', ?, ?, 'paid', ?, ?, ?, ?, '', '', 'open', 'applied', 0, ?) ON CONFLICT DO NOTHING`;
const UPDATE_ORDER = `
  UPDATE orders SET status = 'paid', paid_minor = ?, payment_ref = ?, updated_at = ?
  WHERE id = ? AND status = 'open' AND total_minor = ? AND currency = ?`;
const INSERT_EFFECT = `
  INSERT INTO outbox (order_id, effect, created_at)
  SELECT id, 'order.paid', ? FROM orders WHERE id = ? AND status = 'paid' ON CONFLICT DO NOTHING`;

const app = new Hono();
const crypto_provider = Stripe.createSubtleCryptoProvider();
const seconds = () => Math.floor(Date.now() / 1000);

function client(env) {
  const { hostname: host, port, protocol } = new URL(env.STRIPE_API_BASE);
  const httpClient = Stripe.createFetchHttpClient();
  return new Stripe(env.STRIPE_SECRET_KEY, { httpClient, host, port, protocol: protocol.slice(0, -1), maxNetworkRetries: 0 });
}

app.get("/health", (context) => context.json({ status: "ok" }));
app.get("/products", (context) => context.json({ products: Object.entries(PRODUCTS).map(([id, product]) => ({ id, ...product })) }));

app.post("/checkout", async (context) => {
  const { items } = await context.req.json();
  const [orderId, now, { DB }] = [`ord_${crypto.randomUUID()}`, seconds(), context.env];
  const lines = items.map(({ id, quantity }) => ({ product: PRODUCTS[id], quantity }));
  const total = lines.reduce((sum, { product, quantity }) => sum + product.prices.USD * quantity, 0);
  await DB.prepare(INSERT_ORDER).bind(orderId, total, context.req.header("idempotency-key"), now, now).run();
  const session = await client(context.env).checkout.sessions.create(
    {
      mode: "payment",
      client_reference_id: orderId,
      success_url: `https://pay.shop.example/return/${orderId}`,
      cancel_url: "https://pay.shop.example/cancel.html",
      metadata: { order_id: orderId },
      line_items: lines.map(({ product, quantity }) => ({
        quantity,
        price_data: { currency: "usd", unit_amount: product.prices.USD, product_data: { name: product.name } },
      })),
    },
    { idempotencyKey: `chk-${orderId}-1` },
  );
  await DB.prepare(SAVE_SESSION).bind(session.id, session.url, session.expires_at, orderId).run();
  return context.json({ order_id: orderId, session_id: session.id, url: session.url, expires_at: session.expires_at }, 201);
});

app.post("/webhook/stripe", async (context) => {
  const { DB, STRIPE_WEBHOOK_SECRET: secret } = context.env;
  const [body, signature] = [await context.req.text(), context.req.header("stripe-signature")];
  let event;
  try {
    event = await client(context.env).webhooks.constructEventAsync(body, signature, secret, undefined, crypto_provider);
  } catch {
    return context.text("bad signature", 400);
  }
  const { metadata, amount_total: amount, currency, payment_intent: payment } = event.data.object;
  const [orderId, money, now] = [metadata.order_id, currency.toUpperCase(), seconds()];
  await DB.batch([
    DB.prepare(INSERT_EVENT).bind(event.id, event.type, orderId, amount, money, payment, now),
    DB.prepare(UPDATE_ORDER).bind(amount, payment, now, orderId, amount, money),
    DB.prepare(INSERT_EFFECT).bind(now, orderId),
  ]);
  return context.json({ received: true });
});

export default app;
