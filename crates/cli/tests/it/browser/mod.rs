//! The dashboard in a real browser, as users see it: `oddbench serve` listens on a free port, and chromedriver controls
//! chromium.

/// Makes four tests of each flow: on a desktop and on a phone, in light and in dark. A flow is a function that is given a
/// browser. It returns the values that must live until [`walk`] has checked its last page.
macro_rules! on_every_screen {
    ($($flow:ident),+ $(,)?) => {$(
        mod $flow {
            use crate::browser::walk;
            use crate::browser::webdriver::{Screen::{Desktop, Phone}, Theme::{Dark, Light}};

            #[test]
            fn on_a_light_desktop() {
                walk(stringify!($flow), Desktop, Light, super::$flow);
            }

            #[test]
            fn on_a_dark_desktop() {
                walk(stringify!($flow), Desktop, Dark, super::$flow);
            }

            #[test]
            fn on_a_light_phone() {
                walk(stringify!($flow), Phone, Light, super::$flow);
            }

            #[test]
            fn on_a_dark_phone() {
                walk(stringify!($flow), Phone, Dark, super::$flow);
            }
        }
    )+};
}

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

use pages::assert_sound;
use webdriver::{Browser, Screen, Theme, browser};

/// Starts a browser, runs a flow in it and checks the page on which the flow ends. Without chromedriver it prints a
/// message and returns.
fn walk<Kept>(name: &str, screen: Screen, theme: Theme, flow: fn(&Browser) -> Kept) {
    let Some(browser) = browser(name, screen, theme) else { return };
    axe::is_here(name);
    // The server must live until the check: without it the page would report an error.
    let _kept = flow(&browser);
    assert_sound(&browser, &format!("{name}, {screen:?}, {theme:?}"));
}
