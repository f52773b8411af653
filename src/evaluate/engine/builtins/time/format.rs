//! `Time.Format` of Go: a moment as a layout has it.

use jiff::civil::DateTime;
use jiff::tz::Offset;

use super::layout::{Element, MONTHS, NANO_DIGITS, OffsetForm, Pad, WEEKDAYS, name, next};

/// A moment as the clocks of a zone show it.
pub struct Shown<'a> {
    /// Date and time of day.
    pub at: DateTime,
    /// How far they are ahead of UTC.
    pub offset: Offset,
    /// What the zone is called then, as `CEST`.
    pub zone: &'a str,
}

/// A moment as a layout has it.
pub fn format(shown: &Shown<'_>, layout: &str) -> String {
    let mut out = String::new();
    let mut layout = layout;
    loop {
        let (before, found) = next(layout);
        out.push_str(before);
        let Some((element, rest)) = found else { return out };
        out.push_str(&written(shown, element));
        layout = rest;
    }
}

fn written(shown: &Shown<'_>, element: Element) -> String {
    let (date, time) = (shown.at.date(), shown.at.time());
    let half = i64::from(time.hour()) % 12;
    match element {
        Element::Year => format!("{:04}", date.year()),
        Element::YearOfCentury => format!("{:02}", date.year().rem_euclid(100)),
        Element::MonthName(length) => name(&MONTHS, date.month() - 1, length).to_owned(),
        Element::WeekdayName(length) => name(&WEEKDAYS, date.weekday().to_sunday_zero_offset(), length).to_owned(),
        Element::Month(pad) => padded(date.month().into(), pad, 2),
        Element::Day(pad) => padded(date.day().into(), pad, 2),
        Element::DayOfYear(pad) => padded(date.day_of_year().into(), pad, 3),
        Element::Hour => format!("{:02}", time.hour()),
        Element::HourOfHalf(pad) => padded(if half == 0 { 12 } else { half }, pad, 2),
        Element::Minute(pad) => padded(time.minute().into(), pad, 2),
        Element::Second(pad) => padded(time.second().into(), pad, 2),
        Element::Fraction { mark, digits, trimmed } => {
            let all = format!("{:09}", time.subsec_nanosecond());
            let kept = all.get(..digits.min(NANO_DIGITS)).unwrap_or_default();
            match if trimmed { kept.trim_end_matches('0') } else { kept } {
                "" => String::new(),
                digits => format!("{mark}{digits}"),
            }
        }
        Element::Half { upper } => {
            let name = if time.hour() < 12 { "AM" } else { "PM" };
            if upper { name.to_owned() } else { name.to_lowercase() }
        }
        Element::Zone => shown.zone.to_owned(),
        Element::Offset(form) => offset_text(shown.offset, form),
    }
}

fn padded(number: i64, pad: Pad, width: usize) -> String {
    match pad {
        Pad::No => number.to_string(),
        Pad::Space => format!("{number:width$}"),
        Pad::Zero => format!("{number:0width$}"),
    }
}

fn offset_text(offset: Offset, form: OffsetForm) -> String {
    if form.zulu && offset == Offset::UTC {
        return "Z".to_owned();
    }
    let seconds = offset.seconds();
    let sign = if seconds <= -60 { '-' } else { '+' };
    let seconds = seconds.unsigned_abs();
    let parts = [seconds / 3600, seconds / 60 % 60, seconds % 60];
    let parts: Vec<String> = parts.iter().take(form.parts).map(|part| format!("{part:02}")).collect();
    format!("{sign}{}", parts.join(if form.colons { ":" } else { "" }))
}
