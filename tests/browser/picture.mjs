// Takes the picture of a report for the README. Started by `python -m tests.browser --picture`.
import { launch, pageOf } from "./browsers.mjs";

const browser = await launch("chrome");
const page = await pageOf(browser, { height: 1600 });
await page.goto(`file://${process.env.REPORTS}/picture.html`);
await page.screenshot({ path: process.argv[2] });
await browser.close();
