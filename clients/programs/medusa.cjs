// Medusa's Stripe provider: it authorizes, captures, refunds and cancels, keeps account holders and their cards, and reads
// webhooks. `node medusa.cjs STRIPE_ROOT KEY FOLDER` prints its steps; FOLDER has Medusa's packages.
const { createServer } = require("node:http");
const { createRequire } = require("node:module");

const [root, apiKey, folder] = process.argv.slice(2);
const unpacked = createRequire(`${folder}/`);
const Stripe = unpacked("stripe");
const { StripeProviderService } = unpacked("@medusajs/payment-stripe/dist/services");
const { hostname, port } = new URL(root);
const stripe = new Stripe(apiKey, { host: hostname, port, protocol: "http" });
const arrived = [];

async function step(name, work) {
  try {
    await work();
    console.log(JSON.stringify({ step: name }));
  } catch (error) {
    console.log(JSON.stringify({ step: name, error: `${error.name}: ${error.message}` }));
  }
}

function check(seen, expected) {
  if (JSON.stringify(seen) !== JSON.stringify(expected))
    throw new Error(`${JSON.stringify(seen)} instead of ${JSON.stringify(expected)}`);
}

// Medusa's provider makes its own client of Stripe, which calls api.stripe.com: this one calls the sandbox.
function open(options) {
  const provider = new StripeProviderService({}, { apiKey, ...options });
  provider.stripe_ = stripe;
  return provider;
}

async function heard(type) {
  for (let tries = 0; tries < 100; tries += 1) {
    const found = arrived.find((one) => JSON.parse(one.rawData).type === type);
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`no ${type} arrived`);
}

async function main() {
  const receiver = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    arrived.push({ rawData: Buffer.concat(chunks), headers: request.headers });
    response.end();
  });
  await new Promise((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  const { secret: webhookSecret } = await stripe.webhookEndpoints.create({
    url: `http://127.0.0.1:${receiver.address().port}/`,
    enabled_events: ["*"],
  });
  const provider = open({ webhookSecret });
  const confirmed = { payment_method: "pm_card_visa", confirm: true, return_url: "https://shop.example/thanks" };
  const start = (data, context = {}) =>
    provider.initiatePayment({ currency_code: "usd", amount: 12.5, data: { session_id: "payses_1", ...data }, context });
  let payment, customer;

  await step("starts a payment", async () => {
    payment = await start({});
    check([payment.status, payment.data.amount], ["pending", 1250]);
  });
  await step("changes its amount", async () => {
    payment = await provider.updatePayment({ data: payment.data, currency_code: "usd", amount: 20 });
    check(payment.data.amount, 2000);
  });
  await step("cancels it", async () => {
    check((await provider.cancelPayment({ data: payment.data })).data.status, "canceled");
  });
  await step("authorizes a card", async () => {
    payment = await start({ ...confirmed, automatic_payment_methods: { enabled: true, allow_redirects: "never" } });
    check(payment.status, "authorized");
    check((await provider.authorizePayment({ data: payment.data })).status, "authorized");
  });
  await step("captures the payment", async () => {
    check((await provider.capturePayment({ data: payment.data })).data.status, "succeeded");
    check((await provider.getPaymentStatus({ data: payment.data })).status, "captured");
  });
  await step("reads the payment", async () => {
    check((await provider.retrievePayment({ data: payment.data })).data.amount, 12.5);
  });
  await step("refunds a part", async () => {
    await provider.refundPayment({ amount: 2.5, data: payment.data });
  });
  await step("hears of the payment by signed webhooks", async () => {
    const result = await provider.getWebhookActionAndData(await heard("payment_intent.amount_capturable_updated"));
    check([result.action, result.data.session_id], ["authorized", "payses_1"]);
    check((await provider.getWebhookActionAndData(await heard("payment_intent.succeeded"))).action, "captured");
  });
  await step("tells a declined card from an error", async () => {
    const declined = await start({ ...confirmed, payment_method: "pm_card_chargeDeclined", payment_method_types: ["card"] });
    check(declined.status, "error");
  });
  await step("asks for the bank's confirmation", async () => {
    const asked = await start({ ...confirmed, payment_method: "pm_card_authenticationRequired", payment_method_types: ["card"] });
    check(asked.status, "requires_more");
  });
  await step("repeats a request under its idempotency key", async () => {
    const context = { idempotency_key: "payses_2" };
    check((await start({}, context)).id, (await start({}, context)).id);
  });
  await step("creates an account holder", async () => {
    customer = await provider.createAccountHolder({
      context: { customer: { id: "cus_1", email: "ada@example.com", first_name: "Ada", last_name: "Lovelace", phone: "+34600000000" } },
    });
  });
  const context = () => ({ account_holder: { data: { id: customer.id } } });
  await step("changes an account holder", async () => {
    const changed = { id: "cus_1", email: "ada@lovelace.example", first_name: "Ada", last_name: "King" };
    const { data } = await provider.updateAccountHolder({ context: { ...context(), customer: changed } });
    check([data.email, data.name], ["ada@lovelace.example", "Ada King"]);
  });
  await step("sells to an account holder, whose card is kept", async () => {
    const sold = await start({ ...confirmed, payment_method_types: ["card"], setup_future_usage: "on_session" }, context());
    check(sold.status, "authorized");
  });
  await step("lists the cards of an account holder", async () => {
    check((await provider.listPaymentMethods({ context: context() })).length, 1);
  });
  await step("deletes a card", async () => {
    const [card] = await provider.listPaymentMethods({ context: context() });
    await provider.deletePaymentMethod({ data: card });
  });
  await step("keeps a card without a payment", () => provider.savePaymentMethod({ context: context(), data: {} }));
  await step("deletes an account holder", () => provider.deleteAccountHolder({ context: context() }));
  receiver.close();
}

main();
