//! The dashboard in a real browser, as its users meet it: `oddbench serve` on a free port, chromium driven
//! by chromedriver.

mod addresses;
mod axe;
mod columns;
mod dashboard;
mod detect;
mod fits;
mod kdd99;
mod keyboard;
mod live;
mod pages;
mod real_flows;
mod report;
mod rows;
mod runs;
mod screenshots;
mod tables;
mod triage;
mod webdriver;
