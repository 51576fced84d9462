// What a person does on the pages, in a real browser: the set-up from end to end, a conflict restored, a stuck record
// tried again, two tenants, and both CRMs side by side. Every page is looked at by axe-core, on a desktop and a phone, in
// the light and in the dark, and kept as a picture.
//
// Called by run.sh, which says where everything is: BROWSE (one line of `sandbox browse`), MODULES, CHROMIUM, PICTURES.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(`${process.env.MODULES}/`);
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const at = JSON.parse(process.env.BROWSE);
const pictures = process.env.PICTURES;
mkdirSync(pictures, { recursive: true });

/** How long anything may take: the sandbox works by the machine's clock. */
const PATIENCE = 30_000;
const LOOKS = [
  { name: "desktop-light", width: 1280, height: 900, colorScheme: "light" },
  { name: "desktop-dark", width: 1280, height: 900, colorScheme: "dark" },
  { name: "phone-light", width: 390, height: 844, colorScheme: "light" },
  { name: "phone-dark", width: 390, height: 844, colorScheme: "dark" },
];

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ["--no-sandbox"] });
// The policy of our pages lets no script in; axe-core is one that comes from outside.
const context = await browser.newContext({ bypassCSP: true });
const page = await context.newPage();
page.setDefaultTimeout(PATIENCE);
const problems = [];
page.on("pageerror", (error) => problems.push(`a script failed: ${error.message}`));

const path = (rest = "") => `${at.pages}/connections/${at.location}${rest}`;
const press = (name) => page.getByRole("button", { name, exact: true }).first().click();

/** Looks at the page as it stands, in every way that people do. */
async function look(name) {
  for (const { name: way, width, height, colorScheme } of LOOKS) {
    await page.setViewportSize({ width, height });
    await page.emulateMedia({ colorScheme });
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => window.axe.run(document));
    for (const { id, impact, help, nodes } of violations) {
      const where = nodes.map((node) => node.target.join(" ")).join(", ");
      problems.push(`${name}, ${way}: ${impact} ${id}: ${help} (${where})`);
    }
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    if (wide > 0) problems.push(`${name}, ${way}: ${wide} pixels wider than the screen`);
    await page.screenshot({ path: `${pictures}/${name}-${way}.png`, fullPage: true });
  }
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.emulateMedia({ colorScheme: "light" });
}

/** A person does something in one of the CRMs. */
async function inCrm(what, fields = {}) {
  const answer = await fetch(`${at.stage}${what}`, { method: "POST", body: new URLSearchParams(fields) });
  assert.ok(answer.ok, `${what} was answered ${answer.status}`);
  return answer.text();
}

const people = async () => (await (await fetch(`${at.stage}/state`)).json()).pairs;

/** Waits until both CRMs stand so. */
async function until(what, holds) {
  for (const begun = Date.now(); Date.now() - begun < PATIENCE; ) {
    if (holds(await people())) return;
    await new Promise((go) => setTimeout(go, 200));
  }
  assert.fail(`waited in vain until ${what}: ${JSON.stringify(await people())}`);
}

async function step(title, work) {
  const begun = Date.now();
  await work();
  console.log(`${String(Date.now() - begun).padStart(6)} ms  ${title}`);
}

await step("a link signs in, once", async () => {
  await page.goto(`${at.pages}/connections/${at.location}`);
  assert.match(page.url(), /sign-in$/);
  await look("sign-in");
  await page.goto(at.link);
  await press("Sign in");
  await page.getByRole("heading", { name: "Connections" }).waitFor();
  await look("start");
  const again = await (await browser.newContext()).newPage();
  await again.goto(at.link);
  await again.getByRole("button", { name: "Sign in" }).click();
  await again.getByText("This link was used already").waitFor();
  await again.context().close();
});

await step("the app is pasted, and GHL is asked whether it knows it", async () => {
  await page.goto(`${at.pages}/app`);
  await page.getByLabel("Client secret").fill("wrong");
  await press("Test connection");
  await page.getByText("GHL does not know this client id").waitFor();
  await look("app-wrong");
  await page.getByLabel("Client id").fill(at.clientId);
  await page.getByLabel("Client secret").fill(at.clientSecret);
  await page.getByLabel("Shared secret").fill(at.sharedSecret);
  await press("Test connection");
  await page.getByText("GHL knows this app").waitFor();
  assert.ok(!(await page.content()).includes(at.clientSecret), "a secret is never shown again");
});

await step("the set-up from end to end", async () => {
  await inCrm("/create/ghl", { first: "Asha", last: "Rao", email: "asha@example.com", city: "Chennai" });
  await page.goto(at.pages);
  await page.getByRole("link", { name: "Connect GHL", exact: true }).click();
  await page.getByRole("heading", { name: "GHL is connected" }).waitFor();
  await press("Test connection");
  await page.getByText("Scope contacts.write").waitFor();
  await look("set-up-ghl");
  await page.getByRole("link", { name: "Go on to HelloLeads" }).click();
  const enter = async (key) => {
    await page.getByLabel("API key, or session token").fill(key);
    await page.getByLabel("E-mail address").fill(at.email);
    await page.getByLabel("Time zone").fill(at.zone);
    await page.getByText("Another address of the API").click();
    await page.getByLabel("Address", { exact: false }).last().fill(at.helloleads);
  };
  await enter("not-the-key");
  await press("Test connection");
  await page.getByText("HelloLeads refuses the API key").waitFor();
  await look("set-up-helloleads-wrong");
  await enter(at.key);
  await press("Test connection");
  await page.getByText("Both sides answer").waitFor();
  await press("Save and go on");
  await page.getByRole("heading", { name: "What is synced" }).waitFor();
  await page.getByLabel("Website enquiries").check();
  await page.getByLabel("appointments", { exact: true }).check();
  await page.getByLabel("GHL calendar").selectOption({ label: "Sales calls" });
  await page.getByLabel("When both sides edit the same field").selectOption("newest_wins");
  await look("set-up-choices");
  await press("Save and go on");
  await page.getByRole("heading", { name: "Look and start" }).waitFor();
  await look("set-up-start");
  assert.equal((await people())[0].helloleads, null, "nothing is written before the start");
  await press("Start the sync");
  await until("Asha is in both CRMs", (pairs) => pairs.length === 1 && pairs[0].agree);
  await page.goto(path());
  await page.getByText("live").first().waitFor();
  await look("status");
});

await step("a conflict, and the other value back", async () => {
  const [{ ghl, helloleads }] = await people();
  await inCrm(`/edit/ghl/${ghl.id}`, { last: "Rao-Iyer" });
  await inCrm(`/edit/helloleads/${helloleads.id}`, { last: "Raman" });
  await inCrm("/look");
  await until("one name won", (pairs) => pairs[0].agree && pairs[0].ghl.name !== "Asha Rao");
  const won = (await people())[0].ghl.name;
  await page.goto(path("/conflicts"));
  await page.getByText("Conflicts of the last 90 days: 1").waitFor();
  await look("conflicts");
  await page.getByRole("button", { name: /^Restore/ }).click();
  const other = won === "Asha Raman" ? "Asha Rao-Iyer" : "Asha Raman";
  await until("the other name is back", (pairs) => pairs[0].agree && pairs[0].ghl.name === other);
  await page.goto(path("/conflicts"));
  await page.getByText("Put back on").waitFor();
});

await step("a stuck record, tried again", async () => {
  const id = await inCrm("/create/ghl", { first: "Nameless" });
  const listed = async () => {
    for (const begun = Date.now(); Date.now() - begun < PATIENCE; ) {
      await page.goto(path("/stuck"));
      if (await page.getByText("Needs a person: 1").isVisible()) return;
    }
    assert.fail("the record is not listed");
  };
  await listed();
  await look("stuck");
  await press("Ignore");
  await page.getByText("Left alone on purpose: 1").waitFor();
  await press("Sync it after all");
  await listed();
  await inCrm(`/edit/ghl/${id}`, { email: "found@example.com" });
  await press("Retry");
  await until("it is in both CRMs", (pairs) => pairs.length === 2 && pairs.every((pair) => pair.agree));
});

await step("the history of a contact", async () => {
  const [{ ghl }] = (await people()).filter((pair) => pair.ghl.email === "asha@example.com");
  await page.goto(path("/history"));
  await page.getByLabel("Id of the contact, or of the lead").fill(ghl.id);
  await press("Show its history");
  await page.getByText("Created in HelloLeads").waitFor();
  await look("history");
});

await step("fields are chosen, and what is wrong stands beside its field", async () => {
  await page.goto(path("/mapping"));
  await page.getByRole("group", { name: "Another pair" }).first().getByLabel("HelloLeads field").selectOption("deal_size");
  await look("mapping");
  await press("Check and save");
  await page.getByText("choose the field of GHL").last().waitFor();
  await look("mapping-wrong");
  await page.getByLabel("HelloLeads field").first().selectOption("designation");
  await page.getByLabel("GHL field").first().selectOption("website");
  await page.getByRole("checkbox", { name: "website" }).uncheck();
  await press("Check and save");
  await page.getByText("Saved.").waitFor();
});

await step("a preview shows what would be done, and does nothing", async () => {
  const before = JSON.stringify(await people());
  await page.goto(path("/preview"));
  // The mapping was just changed: the count reads what the sync may not have read again yet.
  await press("Count all contacts");
  await page.getByRole("button", { name: "Count again" }).waitFor();
  await look("preview-counted");
  await page.getByLabel("Up to ten contacts").fill("asha@example.com\nnobody@example.com");
  await press("Show what would be done");
  await page.getByText("is not in GHL").waitFor();
  await look("preview");
  assert.equal(JSON.stringify(await people()), before, "nothing is written");
});

await step("a rule is added, written, tried and switched off", async () => {
  await page.goto(path("/rules"));
  await page.getByRole("button", { name: "Add: A task is overdue" }).click();
  await page.getByText("Rules (1)").waitFor();
  await page.getByRole("link", { name: "Write a rule" }).click();
  await press("Check and save");
  await page.getByText("Nothing is saved yet").waitFor();
  await look("rule-wrong");
  await page.getByLabel("Name", { exact: true }).fill("Note towns");
  await page.getByLabel("If").fill("kind == \"contact\"");
  await page.getByLabel("Action").first().selectOption("ghl.note.create");
  await page.getByLabel("What it takes").first().fill('{"contactId": "=contact.ghl", "body": "=\\"Town: \\" + record.city"}');
  await press("Try it");
  await page.getByText("The condition holds. This would be asked for").waitFor();
  await look("rule-tried");
  await press("Check and save");
  await page.getByText("Rules (2)").waitFor();
  await page.getByRole("button", { name: "Switch off: Note towns" }).click();
  await page.getByRole("button", { name: "Switch on: Note towns" }).waitFor();
  await look("rules");
});

await step("every other page", async () => {
  await page.goto(path("/settings"));
  await look("settings");
  await page.goto(path("/in-sync"));
  await look("in-sync");
  await page.goto(path("/automation"));
  await look("automation");
  await page.goto(path());
  await press("Pause");
  await page.getByText("Paused by a person").waitFor();
  await look("status-paused");
  await press("Resume");
  await page.getByText("Both sides are kept the same").waitFor();
  await page.goto(at.pages);
  await look("start-connected");
  await page.goto(`${at.pages}/nothing`);
  await look("not-found");
});

await step("inside GHL: one's own location, and nothing of another", async () => {
  const tenant = await browser.newContext();
  const inside = await tenant.newPage();
  inside.setDefaultTimeout(PATIENCE);
  await inside.goto(`${at.stage}/frame?location=${at.location}&role=admin`);
  const frame = inside.frameLocator("iframe");
  await frame.getByText("Both sides are kept the same").waitFor();
  await inside.screenshot({ path: `${pictures}/inside-ghl.png` });
  assert.equal(await frame.getByText(at.other).count(), 0);
  for (const rest of ["", "/conflicts", "/in-sync", "/stuck", "/history", "/settings", "/automation", "/automation.json", "/rules", "/rules/new", "/set-up/ghl"]) {
    const answer = await inside.request.get(`${at.pages}/connections/${at.other}${rest}`);
    assert.equal(answer.status(), 404, `another tenant's ${rest} is not there`);
    assert.ok(!(await answer.text()).includes(at.other));
  }
  for (const rest of ["/", "/app", "/install"])
    assert.equal((await inside.request.get(`${at.pages}${rest}`)).status(), 404, `${rest} is the owner's`);
  await tenant.close();
  const user = await (await browser.newContext()).newPage();
  await user.goto(`${at.stage}/frame?location=${at.location}&role=user`);
  await user.frameLocator("iframe").getByText("Only admins of this location").waitFor();
});

await step("both CRMs side by side", async () => {
  await page.goto(at.stage);
  const city = page.getByLabel("City of Asha", { exact: false }).last();
  await city.fill("Kochi");
  await city.press("Tab");
  await until("the city is on both sides", (pairs) => pairs.every((pair) => pair.agree) && pairs.some((pair) => pair.helloleads.city === "Kochi"));
  await page.waitForFunction(() => [...document.querySelectorAll("#helloleads input")].some((input) => input.value === "Kochi"));
  await page.getByText(/All \d+ people are the same/).waitFor();
  await look("two-crms");
});

await step("signed out, nothing is shown any more", async () => {
  await page.goto(at.pages);
  await press("Sign out");
  await page.getByText("You are signed out").waitFor();
  await page.goto(path());
  assert.match(page.url(), /sign-in$/);
});

await browser.close();
assert.deepEqual(problems, [], `problems:\n${problems.join("\n")}`);
