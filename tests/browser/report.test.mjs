// The report in browsers, as people use it. Started by `python -m tests.browser`.
import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { after, before, describe, test } from "node:test";
import { launch, pageOf, require } from "./browsers.mjs";

const { REPORTS, SCREENSHOTS } = process.env;
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const names = ["few", "many", "hostile", "empty", "valid"];
let server, asked, origin;

before(async () => {
  server = createServer((request, response) => {
    asked.push(request.url);
    response.setHeader("Content-Type", "text/html");
    response.end(readFileSync(REPORTS + request.url));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${server.address().port}`;
});

after(() => server.close());

const texts = (page, selector) => page.$$eval(selector, (nodes) => nodes.map((node) => node.textContent));
const visible = (page, selector) =>
  page.$$eval(selector, (nodes) => nodes.filter((node) => node.checkVisibility()).map((node) => node.textContent));
const shown = (page) => page.$eval("#shown", (node) => node.textContent);
const count = (page) => page.$$eval("#list ol > li", (nodes) => nodes.filter((node) => !node.hidden).length);
const frame = (page) => page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done))));
const hash = (page) => page.evaluate(() => location.hash);

/** Type into a field that is empty. */
async function type(page, selector, text) {
  await page.focus(selector);
  await page.keyboard.type(text);
}

/** Show what is folded away; of many findings only the first. */
const unfold = (page) =>
  page.evaluate(() => {
    [...document.querySelectorAll("#list ol > li")].slice(60).forEach((li) => li.remove());
    document.querySelectorAll("details").forEach((one) => (one.open = true));
  });

for (const kind of ["chrome", "firefox"]) {
  describe(kind, () => {
    let browser, dark;
    before(async () => {
      browser = await launch(kind);
      dark = kind === "firefox" ? await launch(kind, "dark") : browser;
    });
    after(async () => {
      await browser.close();
      if (dark !== browser) await dark.close();
    });

    /** Open a report, and check that it writes nothing to the console and requests nothing. */
    async function opened(name, options, look) {
      const page = await pageOf(options.colours === "dark" ? dark : browser, options);
      const messages = [];
      asked = [];
      page.on("console", (message) => messages.push(message.text()));
      page.on("pageerror", (error) => messages.push(error.message));
      if (options.javaScript === false) await page.setJavaScriptEnabled(false);
      const start = performance.now();
      await page.goto(`${origin}/${name}.html${options.hash ?? ""}`);
      if (options.javaScript !== false) await frame(page);
      try {
        await look(page, performance.now() - start);
      } finally {
        await page.close();
      }
      assert.deepEqual(messages, []);
      assert.deepEqual([...new Set(asked)], [`/${name}.html`]);
    }

    for (const name of names) {
      test(`${name}: opens without a message and without a request`, async (context) => {
        await opened(name, {}, async (page, time) => {
          const size = statSync(`${REPORTS}/${name}.html`).size;
          context.diagnostic(`${name}: ${size} bytes, open after ${time.toFixed()} ms`);
          assert.ok(size < 3_000_000);
          assert.deepEqual(await texts(page, "h1"), ["bevparse report"]);
        });
      });

      for (const colours of ["light", "dark"]) {
        test(`${name}: axe finds nothing (${colours})`, async () => {
          await opened(name, { colours }, async (page) => {
            const isDark = await page.evaluate(() => matchMedia("(prefers-color-scheme: dark)").matches);
            assert.equal(isDark, colours === "dark");
            await unfold(page);
            await page.evaluate(axe);
            const found = await page.evaluate(`axe.run({ resultTypes: ["violations"], runOnly: ${JSON.stringify(RULES)} })`);
            const violations = found.violations.map((one) => `${one.id}: ${one.nodes[0].html.slice(0, 200)}`);
            assert.deepEqual(violations, []);
          });
        });
      }

      for (const width of [320, 360, 700, 1000]) {
        // The window of Firefox is at least 450 pixels wide, so the narrow ones are those of an emulated viewport.
        test(`${name}: nothing is wider than a screen of ${width} pixels`, async () => {
          await opened(name, { width, height: 700 }, async (page) => {
            await unfold(page);
            const [widest, inner] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
            assert.ok(widest <= width && inner === width, `${widest} pixels of ${inner}`);
          });
        });
      }
    }

    test("without scripts all findings can be read", { skip: kind === "firefox" && "no protocol to disable scripts" }, async () => {
      await opened("many", { javaScript: false }, async (page) => {
        assert.ok((await count(page)) > 1000);
        assert.deepEqual(await visible(page, "#filters, #shown:not(:empty), .sortable button"), []);
        assert.match((await visible(page, "#findings > .warn"))[0], /^Shown are 1,[0-9]{3} of 100,000 findings/);
        await page.click("#list summary");
        assert.ok((await visible(page, "#list li")).length > 0);
      });
    });

    test("each column sorts, and its head says how", async () => {
      await opened("many", {}, async (page) => {
        const order = (table) => page.$$eval(`${table} th[aria-sort]`, (heads) => heads.map((one) => [one.textContent, one.ariaSort]));
        const cells = async (table, column) =>
          (await texts(page, `${table} tbody tr > :nth-child(${column})`)).map((text) => Number(text.replace(/,/g, "")));
        assert.deepEqual(await order(".codes"), [["severity", "descending"]]);
        await page.click(".codes th:nth-child(4) button");
        assert.deepEqual(await order(".codes"), [["findings", "descending"]]);
        const most = await cells(".codes", 4);
        assert.deepEqual(most, most.toSorted((a, b) => b - a));
        await page.focus(".codes th:nth-child(4) button");
        await page.keyboard.press("Enter");
        assert.deepEqual(await order(".codes"), [["findings", "ascending"]]);
        assert.deepEqual(await cells(".codes", 4), most.toReversed());
        assert.deepEqual(await order(".files"), [["errors", "descending"]]);
        await page.click(".files th:nth-child(1) button");
        const files = await texts(page, ".files tbody th");
        assert.deepEqual(files, files.toSorted());
      });
    });

    test("text, severity, code and file select findings, and the address keeps them", async (context) => {
      await opened("many", {}, async (page) => {
        const all = await count(page);
        const start = performance.now();
        await type(page, "#text", "SMTPCHECK");
        await frame(page);
        context.diagnostic(`nine keys of a search in ${all} findings: ${(performance.now() - start).toFixed()} ms`);
        const some = await count(page);
        assert.ok(some > 0 && some < all / 4);
        assert.match(await shown(page), new RegExp(`^${some} of 1,[0-9]{3} findings; [0-9,]+ more are not in this page$`));
        await page.select("#severity", "warning");
        await page.select("#code", "BEV302");
        const few = await count(page);
        assert.ok(few > 0 && few < 20);
        assert.equal(await hash(page), "#q=SMTPCHECK&severity=warning&code=BEV302");
        assert.equal((await visible(page, "#list > details")).length, 1);
        await type(page, "#file", "nowhere");
        assert.match(await shown(page), /^No finding matches the filters/);
        await page.click("#filters button");
        assert.equal(await count(page), all);
        assert.equal(await hash(page), "");
        assert.equal(await page.evaluate(() => document.activeElement.id), "text");
      });
      await opened("few", { hash: "#q=maybe&file=request-3.json&group=file" }, async (page) => {
        assert.equal(await page.$eval("#text", (input) => input.value), "maybe");
        assert.ok((await count(page)) >= 1);
        assert.deepEqual(await visible(page, "#list h3"), ["dumps/july/request-3.json"]);
        assert.ok(await page.$eval("#findings", (node) => node.getBoundingClientRect().top < 200));
      });
    });

    test("findings are grouped by code or by file, and none is lost", async () => {
      await opened("few", {}, async (page) => {
        const before = await texts(page, "#list ol > li");
        await page.select("#group", "file");
        const files = await texts(page, "#list h3");
        assert.deepEqual(files, [...new Set(await texts(page, "#list .file"))]);
        assert.equal((await visible(page, "#list ol .badge")).length, before.length);
        await page.select("#group", "");
        assert.deepEqual(await texts(page, "#list ol > li"), before);
      });
    });

    test("a file or a number of findings leads to these findings", async () => {
      await opened("few", {}, async (page) => {
        await page.click(".files tbody a");
        await page.waitForFunction(() => location.hash.startsWith("#file="));
        await frame(page);
        const [file] = await texts(page, ".files tbody a");
        assert.deepEqual(new Set(await visible(page, "#list .file")), new Set([file]));
        await page.$eval(".codes td:nth-child(4) a", (a) => a.click());
        await page.waitForFunction(() => location.hash === "#code=BEV001");
        await frame(page);
        assert.deepEqual(await visible(page, "#list .file"), ["absent.json"]);
      });
    });

    test("the anchor of a finding shows it, although it is folded away or filtered out", async () => {
      let anchor;
      await opened("many", {}, async (page) => {
        anchor = await page.$eval("#list > details:nth-child(5) li", (li) => `#${li.id}`);
      });
      await opened("many", { hash: anchor }, async (page) => {
        assert.equal((await visible(page, anchor)).length, 1);
        await type(page, "#text", "nowhere");
        assert.equal(await count(page), 0);
        await page.evaluate((value) => (location.hash = value), anchor);
        await page.waitForFunction((value) => document.querySelector(value).checkVisibility(), {}, anchor);
        const top = await page.$eval(anchor, (li) => li.getBoundingClientRect().top);
        assert.ok(top >= 0 && top < 900, `${top}`);
      });
    });

    test("a code leads to its explanation", async () => {
      await opened("few", {}, async (page) => {
        assert.deepEqual(await visible(page, "#BEV203"), []);
        await page.select("#group", "file");
        await page.$eval("#list a.code[href='#BEV203']", (a) => a.click());
        await page.waitForFunction(() => document.getElementById("BEV203").checkVisibility());
        assert.match((await visible(page, "#BEV203"))[0], /^A check is something other than/);
      });
    });

    test("the keyboard reaches the findings and the search", async () => {
      await opened("few", {}, async (page) => {
        await page.keyboard.press("Tab");
        assert.equal(await page.evaluate(() => document.activeElement.textContent), "Skip to the findings");
        assert.ok(await page.evaluate(() => document.activeElement.getBoundingClientRect().top >= 0));
        assert.notEqual(await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle), "none");
        await page.keyboard.press("Enter");
        await page.waitForFunction(() => location.hash === "#findings");
        await page.keyboard.press("/");
        assert.equal(await page.evaluate(() => document.activeElement.id), "text");
        await page.keyboard.type("a/b");
        assert.equal(await page.$eval("#text", (input) => input.value), "a/b");
      });
    });

    test("hostile texts are shown, and do nothing", async () => {
      await opened("hostile", {}, async (page) => {
        for (const step of [() => page.select("#group", "file"), () => type(page, "#text", "<img"), () => page.click(".files a")]) {
          await step();
          await frame(page);
          assert.equal(await page.evaluate("window.hit"), undefined);
          assert.equal(await page.$$eval("img, iframe, object, embed, b", (nodes) => nodes.length), 0);
          assert.equal(await page.$$eval("script", (nodes) => nodes.length), 1);
        }
        const [text] = await texts(page, "#list .text");
        assert.match(text, /<img src=x onerror=window\.hit=1>/);
        assert.match(text, /\\u202ertl/);
        assert.ok((await count(page)) > 0, "the link of a hostile file name finds its findings");
      });
    });

    test("the policy forbids what is not of the report", async () => {
      const page = await pageOf(browser);
      const refused = [];
      for (const event of ["console", "pageerror"]) page.on(event, (one) => refused.push(one.message ?? one.text()));
      await page.goto(`file://${REPORTS}/few.html`);
      await page.evaluate(() => {
        const script = document.createElement("script");
        script.textContent = "window.hit = 1";
        document.body.append(script);
        document.body.setAttribute("style", "color:red");
      });
      await frame(page);
      assert.equal(await page.evaluate("window.hit"), undefined);
      assert.notEqual(await page.evaluate(() => getComputedStyle(document.body).color), "rgb(255, 0, 0)");
      await page.close();
    });

    test("pictures are taken", { skip: !SCREENSHOTS }, async () => {
      for (const name of names) {
        for (const [width, colours] of [[1280, "light"], [1280, "dark"], [360, "light"], [360, "dark"]]) {
          await opened(name, { width, height: 1000, colours }, (page) =>
            page.screenshot({ path: `${SCREENSHOTS}/${kind}-${name}-${width}-${colours}.png`, fullPage: name !== "many" }));
        }
      }
    });
  });
}
