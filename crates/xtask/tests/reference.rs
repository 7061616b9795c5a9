//! docs/REFERENCE.md is what the program says about itself today.

use xtask::{program::Program, reference};

#[test]
fn the_reference_is_what_the_program_says() {
    let page = reference::page(&Program::build().unwrap()).unwrap();
    let file = std::fs::read_to_string(xtask::root().join(reference::PATH)).unwrap();
    let differs = page.lines().zip(file.lines()).find(|(new, old)| new != old);
    assert!(
        page == file,
        "{} is out of date: cargo xtask reference writes it\n{differs:#?}",
        reference::PATH
    );
}
