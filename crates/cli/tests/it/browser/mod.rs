//! The dashboard in a real browser, as its users meet it: `oddbench serve` on a free port, chromium driven
//! by chromedriver.

mod dashboard;
mod detect;
mod kdd99;
mod keyboard;
mod pages;
mod rows;
mod screenshots;
mod tables;
mod webdriver;
