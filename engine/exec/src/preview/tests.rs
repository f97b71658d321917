//! Previews over small tapes: rows, fates of windows, counts, and that a job gives the same.

use headwater::prelude::*;
use proptest::prelude::*;

use super::*;
use crate::ErrorKind;
use crate::tape::{RawRecord, Tape};
use crate::tests::orders::{Order, order, orders, revenue, tape};
use crate::tests::script::drawing;

fn look(stream: &Stream, tape: &Tape) -> Preview {
    preview(&stream.plan(), tape, &Cancel::new()).unwrap()
}

fn fates(preview: &Preview) -> String {
    let word = |fate: &WindowFate| match fate {
        WindowFate::Closed => "closed".to_owned(),
        WindowFate::Cut => "cut".to_owned(),
        WindowFate::HeldBack { partition, .. } => format!("held back by {partition}"),
    };
    preview.windows.iter().map(word).collect::<Vec<_>>().join(", ")
}

/// Two partitions that reach 200, and a third without a record.
fn three_partitions() -> Tape {
    tape(
        3,
        &[
            order(0, 0, "Rome", 1),
            order(1, 5, "Oslo", 2),
            order(0, 70, "Rome", 4),
            order(1, 80, "Rome", -1),
            order(1, 75, "Rome", 8),
            (0, None, Some("Rome".into()), Some(16)),
            order(0, 190, "Rome", 32),
            order(1, 200, "Oslo", 64),
        ],
    )
}

#[test]
fn rows_come_as_they_are_in_broker_order() {
    let preview = look(&orders(), &three_partitions());
    assert_eq!((preview.frame.shape(), preview.windows.len()), ((8, 3), 0));
    assert_eq!(preview.counts, Counts { records: 8, rows: 8, null_event_time: 1, ..Counts::default() });
    let times: Vec<_> =
        preview.sources[0].partitions.iter().map(|p| (p.partition, p.records, p.max_event_time)).collect();
    assert_eq!(times, [(0, 4, Some(190)), (1, 4, Some(200)), (2, 0, None)]);
    assert_eq!(preview.fingerprint, fingerprint(&orders().plan()));
    assert!(preview.whole());
}

#[test]
fn an_empty_partition_holds_every_window_back() {
    let preview = look(&revenue(&orders()), &three_partitions());
    insta::assert_snapshot!(drawing(&preview.frame), @"
         city:s  window_start:t  window_end:t  amount_sum:i  count:i
         Oslo    0               60            2             1
         Rome    0               60            1             1
         Rome    60              120           12            2
         Oslo    180             240           64            1
         Rome    180             240           32            1
    ");
    assert_eq!(fates(&preview), "held back by 2, held back by 2, held back by 2, cut, cut");
    assert_eq!((preview.counts.rows, preview.counts.late), (5, 0));
}

#[test]
fn with_idle_after_the_empty_partition_holds_nothing_back() {
    let preview = look(&revenue(&orders().idle_after("1h")), &three_partitions());
    assert_eq!(fates(&preview), "closed, closed, closed, cut, cut");
}

#[test]
fn fates_survive_steps_that_drop_the_window() {
    let cities = revenue(&orders()).filter(col("city").eq("Rome")).select([col("city")]);
    let preview = look(&cities, &three_partitions());
    assert_eq!(fates(&preview), "held back by 2, held back by 2, cut");
}

#[test]
fn of_rows_that_change_the_newest_of_each_key_is_shown() {
    let cities = orders().group_by("city").expire_after("1h").agg([count(), last("amount")]);
    let preview = look(&cities, &three_partitions());
    insta::assert_snapshot!(drawing(&preview.frame), @"
         city:s  count:i  amount_last:i
         Oslo    2        64
         Rome    5        32
    ");
    assert_eq!((preview.counts.rows, preview.windows.len()), (2, 0));
}

#[test]
fn windows_of_every_kind_say_how_they_ended() {
    let of = |window| orders().idle_after("1h").group_by("city").window(window).agg(count());
    let seen = |window| fates(&look(&of(window), &three_partitions()));
    insta::assert_snapshot!(
        [seen(hopping("120ms", "60ms")), seen(cumulating("120ms", "60ms")), seen(session("30ms"))].join("\n")
    );
    let top = of(hopping("120ms", "60ms")).top(1).by("count");
    insta::assert_snapshot!(fates(&look(&top, &three_partitions())));
}

#[test]
fn a_unique_says_what_came_again_and_what_the_end_of_the_sample_cut() {
    let told = |stream: &Stream| {
        let preview = look(&stream.unique(["city"]).within("100ms"), &three_partitions());
        format!("{} of {} rows: {}", preview.counts.rows, preview.counts.records, preview.repeats[0])
    };
    insta::assert_snapshot!(told(&orders().idle_after("1h")), @"4 of 8 rows: unique in step 3: 4 rows are the first of their key within 100ms, 3 came again and were left out; 2 were not settled when the sample ended, because an earlier row could still have come");
    insta::assert_snapshot!(told(&orders()), @"4 of 8 rows: unique in step 3: 4 rows are the first of their key within 100ms, 3 came again and were left out; 7 were not settled when the sample ended, because an earlier row could still have come");
}

#[test]
fn times_in_another_unit_are_noticed() {
    let told = |stream: &Stream, now: i64| {
        let orders = [order(0, now, "Rome", 1), order(1, now + 5, "Rome", 2)];
        look(stream, &tape(2, &orders)).time_unit.unwrap_or_default()
    };
    insta::assert_snapshot!(told(&orders(), 1_767_225_600), @r#"the event times in `ts` look like seconds, but a BIGINT is taken for milliseconds: put `.with_columns([(col("ts") * 1_000).alias("ts")])` before `.event_time(…)`"#);
    insta::assert_snapshot!(told(&orders(), 1_767_225_600_000_000), @r#"the event times in `ts` look like microseconds, but a BIGINT is taken for milliseconds: put `.with_columns([(col("ts").floor_div(1_000)).alias("ts")])` before `.event_time(…)`"#);
    assert_eq!(told(&orders(), 1_767_225_600_000), "");
    assert_eq!(told(&orders(), 7), "", "a small number is a test, or a counter");
}

#[test]
fn a_sink_is_left_out() {
    let exported = revenue(&orders()).to_kafka("localhost:9092", "out").plan();
    let preview = preview(&exported, &three_partitions(), &Cancel::new()).unwrap();
    assert_eq!(preview.frame.height(), 5);
    assert_eq!(preview.fingerprint, fingerprint(&revenue(&orders()).plan()));
}

#[test]
fn records_that_do_not_decode_are_counted_and_the_first_ones_kept() {
    let broken = |offset| RawRecord { offset, value: Some(b"{oops".to_vec()), ..RawRecord::default() };
    let preview = look(&orders(), &Tape::from_records("orders", 1, (0..250).map(broken).collect()));
    assert_eq!((preview.counts.records, preview.counts.dead, preview.sources[0].dead.len()), (250, 250, SHOWN_DEAD));
    assert_eq!(preview.sources[0].dead[99].position, Some(99));
    assert_eq!(preview.frame.shape(), (0, 3));
}

#[test]
fn an_empty_topic_gives_an_empty_table_with_its_columns() {
    let preview = look(&revenue(&orders()), &Tape::from_records("orders", 2, Vec::new()));
    assert_eq!(preview.frame.shape(), (0, 5));
}

#[test]
fn an_interrupt_ends_it() {
    let cancel = Cancel::new();
    cancel.cancel();
    let error = preview(&orders().plan(), &three_partitions(), &cancel).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Cancelled);
}

fn any_orders() -> impl Strategy<Value = Vec<Order>> {
    let order =
        (0_u32..3, prop::option::weighted(0.9, 0_i64..2000), prop::option::of("[ab]"), prop::option::of(-5_i64..50));
    prop::collection::vec(order, 0..200)
}

proptest! {
    /// Rows and fates belong together, and every order is in a window, late, without event time, or filtered away.
    #[test]
    fn nothing_is_lost(list in any_orders()) {
        let preview = look(&revenue(&orders()), &tape(3, &list));
        prop_assert_eq!(preview.windows.len(), preview.frame.height());
        let counted = preview.frame.column("count").unwrap().i64().unwrap().iter().flatten().sum::<i64>();
        let eligible = list.iter().filter(|o| o.1.is_some() && o.3.is_some_and(|amount| amount >= 0)).count();
        prop_assert_eq!(counted as u64 + preview.counts.late, eligible as u64);
        prop_assert_eq!(preview.counts.null_event_time, list.iter().filter(|o| o.1.is_none()).count() as u64);
    }
}

#[test]
fn values_that_cannot_be_computed_are_counted_for_their_step() {
    let stream = orders()
        .filter((col("amount") / 0).is_null())
        .with_columns([(col("amount") * i64::MAX).alias("much"), col("amount").cast(STRING).alias("text")])
        .select([(col("amount") % 0).alias("rest")]);
    let preview = look(&stream, &three_partitions());
    let faulty = preview.steps.iter().filter(|step| !step.faults.is_empty());
    let told: Vec<String> = faulty.map(|step| format!("{}: {}", step.name, step.faults)).collect();
    let sums = orders().with_columns([(col("amount") * (i64::MAX / 64)).alias("much")]);
    let sums = look(&sums.group_by(["city"]).window(tumbling("1h")).agg([sum("much")]), &three_partitions());
    let last = sums.steps.last().map(|step| (step.name, step.faults.overflow));
    assert_eq!(last, Some(("group_by", 1)), "two and sixty-four of them are too much for Oslo");
    assert_eq!(told, ["filter: 8 by division by zero", "with_columns: 6 by overflow", "select: 8 by division by zero"]);
}
