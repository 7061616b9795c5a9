//! What a device must be able to do.

use oddbench_kernels::{Limits, Place};

use super::*;

const LARGE: Limits = Limits::H200;

fn published() -> Network {
    autoencoder(&[18, 15, 7, 2, 7, 15, 18], 3, Activation::LeakyRelu(0.2))
}

fn refused(network: &Network, limits: Limits, variant: Variant) -> String {
    match Plan::new(network, 128, &limits, variant) {
        Err(Error::Unsuitable(reason)) => reason,
        other => panic!("{other:?}"),
    }
}

#[test]
fn unsuitable_devices_and_networks_are_refused_with_the_reason() {
    let network = published();
    let small = Limits { workgroup_bytes: 4096, ..LARGE };
    assert!(refused(&network, small, Variant::Portable).contains("4096"));
    let narrow = Limits { invocations: 16, ..LARGE };
    assert!(refused(&network, narrow, Variant::Portable).contains("invocations"));
    let few = Limits { storage_buffers: 4, ..LARGE };
    assert!(refused(&network, few, Variant::Subgroup).contains("storage buffers"));
    let varying = Limits { subgroup: None, ..LARGE };
    assert!(refused(&network, varying, Variant::Subgroup).contains("subgroups"));
    // A step of eight million rows goes through a loop more often than Mesa's software renderer allows.
    let limited = Limits { iterations: Some(60_000), ..LARGE };
    let net = Network::Bigan(bigan::network(18, 2, [128; 3], 1, true));
    assert!(Plan::new(&net, 256, &limited, Variant::Subgroup).is_ok());
    match Plan::new(&net, 1 << 23, &limited, Variant::Subgroup) {
        Err(Error::Unsuitable(reason)) => assert!(reason.contains("60000"), "{reason}"),
        other => panic!("{other:?}"),
    }
    let wide = autoencoder(&[122, 64, 8, 64, 122], 2, Activation::Relu);
    assert!(refused(&wide, LARGE, Variant::Subgroup).contains("parameters"));
}

#[test]
fn the_published_autoencoder_keeps_all_in_the_workgroup_of_a_large_device() {
    let plan = Plan::new(&published(), 128, &LARGE, Variant::Subgroup).unwrap();
    assert_eq!((plan.rows, plan.width, plan.parts()), (128, 32, 4));
    assert_eq!((plan.params, plan.sums), (Place::Workgroup, Place::Workgroup));
    assert!(plan.moments_in_registers());
    // 842 parameters, four sums for each and for the loss.
    assert_eq!(plan.workgroup_bytes(), 4 * (842 + 4 * 843));
}

#[test]
fn sums_move_to_the_device_where_the_workgroup_is_small() {
    let limits = Limits { workgroup_bytes: 32_768, ..LARGE };
    let plan = Plan::new(&published(), 128, &limits, Variant::Portable).unwrap();
    assert_eq!((plan.rows, plan.sums), (128, Place::Device));
    assert!(plan.workgroup_bytes() <= 32_768);
    // The least that WebGPU promises.
    let limits = Limits { workgroup_bytes: 16_384, invocations: 256, ..LARGE };
    let plan = Plan::new(&published(), 128, &limits, Variant::Portable).unwrap();
    assert!(plan.workgroup_bytes() <= 16_384 && plan.chunked());
}

#[test]
fn workgroups_share_a_large_batch_as_far_as_their_tapes_have_room() {
    let groups = |network: &Network, batch: usize| {
        let plan = Plan::new(network, batch, &LARGE, Variant::Subgroup).unwrap();
        assert_eq!(plan.is_shared(), plan.groups > 1);
        plan.groups
    };
    let dense = published();
    assert_eq!([128, 1024, 1792].map(|batch| groups(&dense, batch)), [1; 3]);
    assert_eq!([2048, 4096, 65_536].map(|batch| groups(&dense, batch)), [8, 16, 128]);
    let sequence = Network::Seq2Seq(seq2seq::network(18, 10, true, true));
    let many = groups(&sequence, 65_536);
    assert!(many > 1 && many < 128, "{many}");
}
