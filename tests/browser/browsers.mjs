// The browsers that the reports are opened in.
import { createRequire } from "node:module";

const { CHROMIUM, FIREFOX, REPORTS } = process.env;
export const require = createRequire(`${REPORTS}/`);
const puppeteer = require("puppeteer-core");
const EXECUTABLES = { chrome: CHROMIUM, firefox: FIREFOX };

/** Start a browser without animations; Firefox takes its colours only when it starts. */
export function launch(browser, colours = "light") {
  return puppeteer.launch({
    browser,
    executablePath: EXECUTABLES[browser],
    args: browser === "chrome" ? ["--no-sandbox", "--force-prefers-reduced-motion"] : [],
    extraPrefsFirefox: {
      "layout.css.prefers-color-scheme.content-override": colours === "dark" ? 0 : 1,
      "ui.prefersReducedMotion": 1,
    },
  });
}

/** Open a page of a width, in light or dark colours. */
export async function pageOf(browser, { width = 1280, height = 900, colours = "light" } = {}) {
  const page = await browser.newPage();
  await page.setViewport({ width, height });
  if ((await browser.version()).includes("Chrome")) {
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: colours }]);
  }
  return page;
}
