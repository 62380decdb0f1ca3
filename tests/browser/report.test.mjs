// The report in a browser, as people meet it. Started by `python -m tests.browser`.
import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";

const { CHROMIUM, REPORTS, SCREENSHOTS } = process.env;
const require = createRequire(`${REPORTS}/`);
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const names = ["few", "many", "hostile", "empty", "valid"];
let browser, server, asked;

before(async () => {
  server = createServer((request, response) => {
    asked.push(request.url);
    response.setHeader("Content-Type", "text/html");
    response.end(readFileSync(REPORTS + request.url));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
});

after(async () => {
  await browser.close();
  server.close();
});

/** Open a report, watch what it says and asks, and look away again. */
async function opened(name, options, look) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, reducedMotion: "reduce", ...options });
  const page = await context.newPage();
  const said = [];
  asked = [];
  page.on("console", (message) => said.push(message.text()));
  page.on("pageerror", (error) => said.push(error.message));
  page.on("request", (request) => said.push(...(request.url().endsWith(`/${name}.html`) ? [] : [request.url()])));
  const start = performance.now();
  await page.goto(`http://127.0.0.1:${server.address().port}/${name}.html`);
  if (options.javaScriptEnabled !== false) await page.evaluate(() => new Promise(requestAnimationFrame));
  const time = performance.now() - start;
  try {
    await look(page, time);
  } finally {
    await context.close();
  }
  assert.deepEqual(said, [], "it says nothing, and asks for nothing");
  assert.deepEqual(asked, [`/${name}.html`]);
}

/** Show what is folded away; of many only the first. */
const unfold = (page) => page.evaluate(() => [...document.querySelectorAll("details")].slice(0, 40).forEach((one) => (one.open = true)));

const rows = (page) => page.locator("#table tbody tr");
const cells = (page, column) => page.locator(`#table tbody td.${column}`).allInnerTexts();
const shown = (page) => page.locator("#shown").innerText();
const numbers = (texts) => texts.map((text) => Number(text.replace(/[^0-9]/g, "")));

for (const name of names) {
  test(`${name}: opens without a word and without a request`, async (context) => {
    await opened(name, {}, async (page, time) => {
      const size = statSync(`${REPORTS}/${name}.html`).size;
      context.diagnostic(`${name}: ${size} bytes, open after ${time.toFixed()} ms`);
      assert.ok(size < 3_000_000);
      assert.equal(await page.locator("h1").innerText(), "bevparse report");
    });
  });

  for (const colorScheme of ["light", "dark"]) {
    test(`${name}: can be read by everyone (${colorScheme})`, async () => {
      await opened(name, { colorScheme }, async (page) => {
        await unfold(page);
        await page.evaluate(axe);
        const found = await page.evaluate(`axe.run({ resultTypes: ["violations"], runOnly: ${JSON.stringify(RULES)} })`);
        const violations = found.violations.map((one) => `${one.id}: ${one.nodes[0].html.slice(0, 200)}`);
        assert.deepEqual(violations, []);
      });
    });
  }

  for (const width of [320, 360, 700, 1000]) {
    test(`${name}: nothing is wider than a screen of ${width} pixels`, async () => {
      await opened(name, { viewport: { width, height: 700 } }, async (page) => {
        await unfold(page);
        const widest = await page.evaluate(() => document.documentElement.scrollWidth);
        assert.ok(widest <= width, `${widest} pixels`);
      });
    });
  }
}

test("what the script writes is what stood there before it", async () => {
  for (const name of ["few", "many", "hostile"]) {
    await opened(name, {}, async (page) => {
      const now = await page.locator("#table tbody").evaluate((body) => body.innerHTML);
      const source = readFileSync(`${REPORTS}/${name}.html`, "utf8");
      const parsed = await page.evaluate((text) => {
        return new DOMParser().parseFromString(text, "text/html").querySelector("#table tbody").innerHTML;
      }, source);
      assert.equal(now, parsed);
    });
  }
});

test("without scripts there are totals, charts and the first page of findings", async () => {
  await opened("many", { javaScriptEnabled: false }, async (page) => {
    assert.equal(await rows(page).count(), 100);
    assert.equal(await page.locator("#filters").isVisible(), false);
    assert.equal(await page.locator("#pager").isVisible(), false);
    assert.match(await page.locator("noscript").innerText(), /^Rows 1 to 100 of 693\. .* need JavaScript\.$/);
    assert.equal(await page.locator("svg[role=img]").count(), 3);
    assert.equal(await page.locator(".total dd").first().innerText(), "10,000");
  });
});

test("pages lead through all rows, and no finding is lost", async () => {
  await opened("many", {}, async (page) => {
    const seen = [];
    for (;;) {
      seen.push(...numbers(await cells(page, "count")));
      if ((await page.locator("#after").getAttribute("aria-disabled")) === "true") break;
      await page.locator("#after").click();
    }
    assert.equal(seen.length, 693);
    assert.equal(seen.reduce((sum, count) => sum + count), 100_000);
    assert.equal(await shown(page), "Rows 601 to 693 of 693, 100,000 findings");
    await page.locator("#after").evaluate((button) => button.click());
    assert.match(await shown(page), /^Rows 601/);
    await page.locator("#before").click();
    assert.match(await shown(page), /^Rows 501 to 600/);
  });
});

test("each column sorts, and says how", async () => {
  await opened("many", {}, async (page) => {
    const head = (name) => page.locator(`#table th.${name}`);
    assert.equal(await head("severity").getAttribute("aria-sort"), "descending");
    await head("count").getByRole("button").click();
    assert.equal(await head("count").getAttribute("aria-sort"), "descending");
    assert.equal(await head("severity").getAttribute("aria-sort"), null);
    const most = numbers(await cells(page, "count"));
    assert.deepEqual(most, most.toSorted((a, b) => b - a));
    await page.keyboard.press("Enter");
    assert.equal(await head("count").getAttribute("aria-sort"), "ascending");
    const least = numbers(await cells(page, "count"));
    assert.deepEqual(least, least.toSorted((a, b) => a - b));
    await head("code").getByRole("button").click();
    assert.equal(await head("code").getAttribute("aria-sort"), "ascending");
    const codes = await page.locator("#table td.code a").allInnerTexts();
    assert.deepEqual(codes, codes.toSorted());
    for (const name of ["severity", "sources", "message"]) {
      await head(name).getByRole("button").click();
      assert.notEqual(await head(name).getAttribute("aria-sort"), null);
    }
  });
});

test("text, severity and code narrow the rows down", async () => {
  await opened("many", {}, async (page) => {
    await page.locator("#severity").selectOption("warning");
    assert.deepEqual(new Set(await cells(page, "severity")), new Set(["warning"]));
    await page.locator("#code").selectOption("BEV302");
    assert.match(await shown(page), /^Rows 1 to 9 of 9, 1,[0-9]{3} findings$/);
    await page.locator("#text").fill("SMTPCHECK");
    assert.match(await shown(page), /^Rows 1 to 1 of 1, /);
    await page.locator("#text").fill("nowhere");
    assert.equal(await shown(page), "No finding matches the filters.");
    assert.equal(await rows(page).count(), 0);
    await page.locator("#text").press("Enter");
    await page.locator("#text").fill("");
    await page.locator("#severity").selectOption("");
    await page.locator("#code").selectOption("");
    assert.match(await shown(page), /^Rows 1 to 100 of 693, 100,000 findings/);
  });
  await opened("few", {}, async (page) => {
    await page.locator("#text").fill("july.zip");
    assert.equal(await shown(page), "Rows 1 to 2 of 2, 2 findings");
  });
});

test("a code leads to its explanation", async () => {
  await opened("few", {}, async (page) => {
    const explained = page.locator("#BEV203");
    assert.equal(await explained.isVisible(), false);
    await page.locator("#table a", { hasText: "BEV203" }).click();
    assert.match(await explained.innerText(), /^A check is something other than/);
    assert.ok(await explained.isVisible());
  });
});

test("hostile texts are shown, and do nothing", async () => {
  await opened("hostile", {}, async (page) => {
    for (const step of [() => page.locator("#after").click(), () => page.locator("#text").fill("<img")]) {
      await step();
      assert.equal(await page.evaluate("window.hit"), undefined);
      assert.equal(await page.locator("img, iframe, object, embed, b").count(), 0);
      assert.equal(await page.locator("script").count(), 2);
    }
    assert.match(await page.locator("#table .text").first().innerText(), /<img src=x onerror=window\.hit=1>/);
    assert.match(await page.locator("#table .text").first().innerText(), /\\u202ertl/);
  });
});

test("the policy forbids what is not of the report", async () => {
  const context = await browser.newContext();
  const page = await context.newPage();
  const refused = [];
  page.on("console", (message) => refused.push(message.text()));
  await page.goto(`file://${REPORTS}/few.html`);
  await page.evaluate(() => {
    const script = document.createElement("script");
    script.textContent = "window.hit = 1";
    document.body.append(script);
    document.body.append(Object.assign(new Image(), { src: "https://example.com/a.png" }));
    document.body.setAttribute("style", "color:red");
  });
  await page.waitForTimeout(200);
  assert.equal(await page.evaluate("window.hit"), undefined);
  assert.equal(refused.filter((text) => text.includes("Content Security Policy")).length, 3);
  await context.close();
});

test("pictures are taken", { skip: !SCREENSHOTS }, async () => {
  for (const name of names) {
    for (const [width, colorScheme] of [[1280, "light"], [1280, "dark"], [360, "light"], [320, "dark"]]) {
      await opened(name, { viewport: { width, height: 1000 }, colorScheme }, (page) =>
        page.screenshot({ path: `${SCREENSHOTS}/${name}-${width}-${colorScheme}.png`, fullPage: name === "few" }));
    }
  }
});
