//! What the lines of sshd_config have set so far, and how one more line is added to it.

use std::collections::BTreeMap;

use super::form::Form;
use super::keyword::{Keyword, Kind, Merge};
use crate::model::Location;
use crate::node::setting::Overridden;

/// Keywords that are set, by the name that `sshd -T` prints.
pub type Slots = BTreeMap<&'static str, Slot>;

/// The second value of `RekeyLimit` is first wins by itself.
pub const REKEY_INTERVAL: &str = "rekeyinterval";

/// What lines have set a keyword.
#[derive(Debug, Default, Clone)]
pub struct Slot {
    /// Each element of the value and the place that gave it.
    pub values: Vec<(String, Location)>,
    /// The line of the first of them.
    pub text: String,
    /// Whether it was written in an included file.
    pub drop_in: bool,
    /// Whether a value holds a template expression.
    pub template: bool,
    /// The lines that lost.
    pub overridden: Vec<Overridden>,
}

/// The value of one line.
pub struct Written {
    /// Its elements.
    pub values: Vec<String>,
    /// Where the value is.
    pub place: Location,
    /// The whole line.
    pub text: String,
    /// Whether the line is in an included file.
    pub drop_in: bool,
    /// Whether it holds a template expression.
    pub template: bool,
}

impl Written {
    /// Adds the line to what others have set.
    pub fn store(mut self, slots: &mut Slots, keyword: &Keyword) {
        if matches!(keyword.kind, Kind::Special(Form::Rekey)) && self.values.len() == 2 {
            let interval = self.values.split_off(1);
            let (place, text) = (self.place.clone(), self.text.clone());
            let interval = Self { values: interval, place, text, drop_in: self.drop_in, template: false };
            interval.put(slots.entry(REKEY_INTERVAL).or_default(), Merge::First);
        }
        let stops_first = matches!(keyword.kind, Kind::Special(Form::Unused)) && self.values == ["none"];
        let merge = if stops_first { Merge::Last } else { keyword.merge };
        self.put(slots.entry(keyword.key).or_default(), merge);
    }

    fn put(self, slot: &mut Slot, merge: Merge) {
        let loses = |why: &str| Overridden { text: self.text.clone(), place: self.place.clone(), why: why.to_owned() };
        match merge {
            Merge::First if !slot.values.is_empty() => {
                return slot.overridden.push(loses("an earlier line sets it; the first value wins"));
            }
            Merge::Last => {
                let old = std::mem::take(&mut slot.values).into_iter().next().map(|(_, place)| place);
                let lost = old.map(|place| Overridden {
                    text: std::mem::take(&mut slot.text),
                    place,
                    why: "a later line sets it; the last value of this keyword wins".to_owned(),
                });
                slot.overridden.extend(lost);
            }
            _ => {}
        }
        let place = self.place;
        if slot.values.is_empty() {
            slot.drop_in = self.drop_in;
            slot.text = self.text;
        }
        slot.template |= self.template;
        slot.values.extend(self.values.into_iter().map(|value| (value, place.clone())));
    }
}
