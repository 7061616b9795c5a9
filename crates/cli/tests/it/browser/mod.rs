//! The dashboard in a real browser, as its users meet it: `oddbench serve` on a free port, chromium driven
//! by chromedriver.

/// Tests of flows, each on a desktop and a phone, in light and in dark. A flow is a function of a browser that gives back
/// what must outlive it: [`walk`] then asks of its last page what must hold of every page.
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

/// Walks through a flow in a browser of its own. Without chromedriver it says so and goes on.
fn walk<Kept>(name: &str, screen: Screen, theme: Theme, flow: fn(&Browser) -> Kept) {
    let Some(browser) = browser(name, screen, theme) else { return };
    axe::is_here(name);
    // A page whose server is gone would complain of that.
    let _kept = flow(&browser);
    assert_sound(&browser, &format!("{name}, {screen:?}, {theme:?}"));
}
