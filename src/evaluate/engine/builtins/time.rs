//! `time.*` as OPA has it: moments are nanoseconds since 1970 began, or such a number with a zone and a layout.
//!
//! The zones are those of the program, and `Local` is UTC: the gate says the same on every machine.

mod format;
mod layout;
mod parse;

use std::sync::LazyLock;
use std::time::{SystemTime, UNIX_EPOCH};

use jiff::civil::{Date, DateTime};
use jiff::tz::{Offset, TimeZone, TimeZoneDatabase};
use jiff::{Span, Timestamp};
use regorus::Value;

use super::text;
use crate::model::duration::duration;
use format::Shown;
use layout::{Length, RFC3339, RFC3339_NANO, WEEKDAYS};

static ZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// A moment, in a zone.
struct Moment {
    at: Timestamp,
    zone: TimeZone,
}

impl Moment {
    /// As an argument says it: a number of nanoseconds, or an array of that, the name of a zone and a layout.
    fn of(value: Option<&Value>) -> Option<(Self, Option<&str>)> {
        let Some(Value::Array(parts)) = value else {
            return Some((Self { at: timestamp(value?)?, zone: TimeZone::UTC }, None));
        };
        let text = |at: usize| match parts.get(at) {
            None => Some(None),
            Some(Value::String(text)) => Some(Some(&**text)),
            Some(_) => None,
        };
        let zone = match text(1)?.unwrap_or_default() {
            "" | "UTC" | "Local" => TimeZone::UTC,
            // The library takes names in any case.
            name => ZONES.get(name).ok().filter(|zone| zone.iana_name() == Some(name))?,
        };
        Some((Self { at: timestamp(parts.first()?)?, zone }, text(2)?.filter(|layout| !layout.is_empty())))
    }

    /// What the clocks of the zone show.
    fn clock(&self) -> DateTime {
        self.zone.to_datetime(self.at)
    }

    /// The moment at which the clocks of the zone show this, settled as Go does where they show it twice or never.
    fn when(zone: &TimeZone, shown: DateTime) -> Option<Timestamp> {
        let as_if_utc = Offset::UTC.to_timestamp(shown).ok()?;
        let offset = zone.to_offset(as_if_utc);
        zone.to_offset(offset.to_timestamp(shown).ok()?).to_timestamp(shown).ok()
    }
}

fn timestamp(nanoseconds: &Value) -> Option<Timestamp> {
    Timestamp::from_nanosecond(nanoseconds.as_i64().ok()?.into()).ok()
}

fn nanoseconds(at: Timestamp) -> Option<Value> {
    i64::try_from(at.as_nanosecond()).ok().map(Value::from)
}

fn numbers<const N: usize>(numbers: [i64; N]) -> Value {
    Value::from(numbers.map(Value::from).to_vec())
}

/// `time.now_ns()`
pub fn now(_: &[Value]) -> Option<Value> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
    i64::try_from(since.as_nanos()).ok().map(Value::from)
}

/// `time.parse_ns(layout, text)`
pub fn parse(args: &[Value]) -> Option<Value> {
    parse::parse(layout::named(text(args, 0)?), text(args, 1)?).map(Value::from)
}

/// `time.parse_rfc3339_ns(text)`
pub fn parse_rfc3339(args: &[Value]) -> Option<Value> {
    parse::parse(RFC3339, text(args, 0)?).map(Value::from)
}

/// `time.parse_duration_ns(text)`, which knows days, weeks and years of 365 days too.
pub fn parse_duration(args: &[Value]) -> Option<Value> {
    let text = text(args, 0)?;
    let nanoseconds = if text.contains(['d', 'w', 'y']) { duration(&in_hours(text)?) } else { duration(text) };
    nanoseconds.map(Value::from)
}

/// A duration with its days, weeks and years in hours.
fn in_hours(text: &str) -> Option<String> {
    let (sign, mut rest) = text.split_at(text.len() - text.trim_start_matches(['-', '+']).len());
    let mut hours = sign.to_owned();
    while !rest.is_empty() {
        let is_digit = |c: char| c.is_ascii_digit() || c == '.';
        let (number, behind) = rest.split_at(rest.find(|c| !is_digit(c)).unwrap_or(rest.len()));
        let (unit, behind) = behind.split_at(behind.find(is_digit).unwrap_or(behind.len()));
        let days = match unit {
            "d" => Some(1.0),
            "w" => Some(7.0),
            "y" => Some(365.0),
            _ => None,
        };
        hours += &match days {
            Some(days) => format!("{}h", number.parse::<f64>().ok()? * (24.0 * days)),
            None => format!("{number}{unit}"),
        };
        rest = behind;
    }
    Some(hours)
}

/// `time.format(moment)`
pub fn format(args: &[Value]) -> Option<Value> {
    let (moment, layout) = Moment::of(args.first())?;
    let info = moment.zone.to_offset_info(moment.at);
    let shown = Shown { at: moment.clock(), offset: info.offset(), zone: info.abbreviation() };
    Some(format::format(&shown, layout.map_or(RFC3339_NANO, layout::named)).into())
}

/// `time.date(moment)`
pub fn date(args: &[Value]) -> Option<Value> {
    let (moment, _) = Moment::of(args.first())?;
    let date = moment.clock().date();
    Some(numbers([date.year().into(), date.month().into(), date.day().into()]))
}

/// `time.clock(moment)`
pub fn clock(args: &[Value]) -> Option<Value> {
    let (moment, _) = Moment::of(args.first())?;
    let time = moment.clock().time();
    Some(numbers([time.hour().into(), time.minute().into(), time.second().into()]))
}

/// `time.weekday(moment)`
pub fn weekday(args: &[Value]) -> Option<Value> {
    let (moment, _) = Moment::of(args.first())?;
    let day = moment.clock().weekday().to_sunday_zero_offset();
    Some(layout::name(&WEEKDAYS, day, Length::Long).into())
}

/// `time.add_date(moment, years, months, days)`: a day that a month does not have is one of the next month.
pub fn add_date(args: &[Value]) -> Option<Value> {
    let (moment, _) = Moment::of(args.first())?;
    let whole = |at: usize| args.get(at)?.as_i64().ok();
    let shown = moment.clock();
    let months = i64::from(shown.month() - 1).checked_add(whole(2)?)?;
    let year = i64::from(shown.year()).checked_add(whole(1)?)?.checked_add(months.div_euclid(12))?;
    let first = Date::new(year.try_into().ok()?, (months.rem_euclid(12) + 1).try_into().ok()?, 1).ok()?;
    let days = i64::from(shown.day() - 1).checked_add(whole(3)?)?;
    let date = first.checked_add(Span::new().try_days(days).ok()?).ok()?;
    nanoseconds(Moment::when(&moment.zone, date.to_datetime(shown.time()))?)
}

/// `time.diff(one, other)`: years, months, days, hours, minutes and seconds between them, by the calendar in the zone of the first.
pub fn diff(args: &[Value]) -> Option<Value> {
    let ((one, _), (other, _)) = (Moment::of(args.first())?, Moment::of(args.get(1))?);
    let (from, to) = if one.at > other.at { (other.at, one.at) } else { (one.at, other.at) };
    let (from, to) = (one.zone.to_datetime(from), one.zone.to_datetime(to));
    let parts = |at: DateTime| -> [i64; 6] {
        let (date, time) = (at.date(), at.time());
        [
            date.year().into(),
            date.month().into(),
            date.day().into(),
            time.hour().into(),
            time.minute().into(),
            time.second().into(),
        ]
    };
    let mut between = parts(to);
    for (part, sooner) in between.iter_mut().zip(parts(from)) {
        *part -= sooner;
    }
    let [years, months, days, hours, minutes, seconds] = &mut between;
    borrow(seconds, minutes, 60);
    borrow(minutes, hours, 60);
    borrow(hours, days, 24);
    borrow(days, months, from.date().days_in_month().into());
    borrow(months, years, 12);
    Some(numbers(between))
}

/// What is below zero takes one of the next larger.
fn borrow(part: &mut i64, larger: &mut i64, worth: i64) {
    if *part < 0 {
        *part += worth;
        *larger -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Function = fn(&[Value]) -> Option<Value>;

    fn call(function: Function, args: &str) -> String {
        let args = Value::from_json_str(args).unwrap();
        function(&args.as_array().unwrap().to_vec()).map_or("undefined".to_owned(), |value| value.to_string())
    }

    /// More of the same is in `fixtures/conftest/times`, against the real one.
    #[test]
    fn times_are_those_of_opa() {
        let table: [(Function, &str, &str); 18] = [
            (format, "[0]", r#""1970-01-01T00:00:00Z""#),
            (format, "[1709208000123450000]", r#""2024-02-29T12:00:00.12345Z""#),
            (format, r#"[[1709208000000000000, "Europe/Berlin", "RFC850"]]"#, r#""Thursday, 29-Feb-24 13:00:00 CET""#),
            (format, r#"[[1709208000000000000, "Local", "3PM _2 __2 Janet -07:00"]]"#, r#""12PM 29  60 Janet +00:00""#),
            (format, r#"[[0, "europe/berlin"]]"#, "undefined"),
            (parse, r#"["2006-01-02", "2026-02-29"]"#, "undefined"),
            (parse, r#"["RFC1123", "Sun, 01 Nov 2026 10:00:00 CET"]"#, "1793527200000000000"),
            (parse, r#"["2006-01-02 15:04:05", "2026-11-01 10:00:00,25"]"#, "1793527200250000000"),
            (parse, r#"["2006", "2300"]"#, "undefined"),
            (parse_rfc3339, r#"["2026-11-01T10:00:00+01:00"]"#, "1793523600000000000"),
            (parse_rfc3339, r#"["2026-11-01 10:00:00Z"]"#, "undefined"),
            (parse_duration, r#"["1d12h"]"#, "129600000000000"),
            (parse_duration, r#"["1h 2m"]"#, "undefined"),
            (add_date, "[1706659200000000000, 0, 1, 0]", "1709337600000000000"),
            (add_date, r#"[[1711846799999999999, "Europe/Berlin"], 0, 0, 1]"#, "1711929599999999999"),
            (diff, "[1709208000000000000, 1706659200000000000]", "[0,0,29,12,0,0]"),
            (date, r#"[[1709249400000000000, "Asia/Kolkata"]]"#, "[2024,3,1]"),
            (weekday, "[1709208000000000000]", r#""Thursday""#),
        ];
        for (function, args, expected) in table {
            assert_eq!(call(function, args), expected, "{args}");
        }
        assert!(now(&[]) > Some(Value::from(1_793_527_200_000_000_000_i64)), "it is later than when this was written");
    }
}
