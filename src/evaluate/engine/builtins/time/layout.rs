//! Layouts of Go's package `time`: an example of the moment Mon Jan 2 15:04:05 MST 2006 says how others are written.

/// Layouts that OPA knows by name.
const NAMED: [(&str, &str); 10] = [
    ("ANSIC", "Mon Jan _2 15:04:05 2006"),
    ("UnixDate", "Mon Jan _2 15:04:05 MST 2006"),
    ("RubyDate", "Mon Jan 02 15:04:05 -0700 2006"),
    ("RFC822", "02 Jan 06 15:04 MST"),
    ("RFC822Z", "02 Jan 06 15:04 -0700"),
    ("RFC850", "Monday, 02-Jan-06 15:04:05 MST"),
    ("RFC1123", "Mon, 02 Jan 2006 15:04:05 MST"),
    ("RFC1123Z", "Mon, 02 Jan 2006 15:04:05 -0700"),
    ("RFC3339", RFC3339),
    ("RFC3339Nano", RFC3339_NANO),
];

/// As `2026-11-01T08:30:00Z`.
pub const RFC3339: &str = "2006-01-02T15:04:05Z07:00";

/// The same with the fraction of a second, if there is one.
pub const RFC3339_NANO: &str = "2006-01-02T15:04:05.999999999Z07:00";

/// The months of a year.
pub const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// The days of a week, as Go counts them.
pub const WEEKDAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// The names of months and days are cut to so many letters.
const SHORT: usize = 3;

/// A second has no more digits behind the point.
pub const NANO_DIGITS: usize = 9;

/// What stands for a part of a moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Element {
    Year,
    YearOfCentury,
    MonthName(Length),
    WeekdayName(Length),
    Month(Pad),
    Day(Pad),
    DayOfYear(Pad),
    Hour,
    HourOfHalf(Pad),
    Minute(Pad),
    Second(Pad),
    /// `.000`, or `,999` where zeros at the end are left out.
    Fraction {
        mark: char,
        digits: usize,
        trimmed: bool,
    },
    Half {
        upper: bool,
    },
    Zone,
    Offset(OffsetForm),
}

/// How long a name is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Length {
    Long,
    Short,
}

/// What fills a number that is short of its width.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Pad {
    No,
    Space,
    Zero,
}

/// How an offset from UTC is written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OffsetForm {
    /// `Z` instead of `+00:00`.
    pub zulu: bool,
    /// Between its parts.
    pub colons: bool,
    /// Hours; hours and minutes; hours, minutes and seconds.
    pub parts: usize,
}

const fn offset(zulu: bool, colons: bool, parts: usize) -> Element {
    Element::Offset(OffsetForm { zulu, colons, parts })
}

/// Of those that begin alike the first counts.
const ELEMENTS: [(&str, Element); 33] = [
    ("January", Element::MonthName(Length::Long)),
    ("Jan", Element::MonthName(Length::Short)),
    ("Monday", Element::WeekdayName(Length::Long)),
    ("Mon", Element::WeekdayName(Length::Short)),
    ("MST", Element::Zone),
    ("01", Element::Month(Pad::Zero)),
    ("02", Element::Day(Pad::Zero)),
    ("03", Element::HourOfHalf(Pad::Zero)),
    ("04", Element::Minute(Pad::Zero)),
    ("05", Element::Second(Pad::Zero)),
    ("06", Element::YearOfCentury),
    ("002", Element::DayOfYear(Pad::Zero)),
    ("15", Element::Hour),
    ("1", Element::Month(Pad::No)),
    ("2006", Element::Year),
    ("2", Element::Day(Pad::No)),
    ("__2", Element::DayOfYear(Pad::Space)),
    ("_2", Element::Day(Pad::Space)),
    ("3", Element::HourOfHalf(Pad::No)),
    ("4", Element::Minute(Pad::No)),
    ("5", Element::Second(Pad::No)),
    ("PM", Element::Half { upper: true }),
    ("pm", Element::Half { upper: false }),
    ("-070000", offset(false, false, 3)),
    ("-07:00:00", offset(false, true, 3)),
    ("-0700", offset(false, false, 2)),
    ("-07:00", offset(false, true, 2)),
    ("-07", offset(false, false, 1)),
    ("Z070000", offset(true, false, 3)),
    ("Z07:00:00", offset(true, true, 3)),
    ("Z0700", offset(true, false, 2)),
    ("Z07:00", offset(true, true, 2)),
    ("Z07", offset(true, false, 1)),
];

/// The layout of a name, or the one that is written out.
pub fn named(layout: &str) -> &str {
    NAMED.iter().find(|(name, _)| *name == layout).map_or(layout, |(_, layout)| layout)
}

/// The name at a position, at a length.
pub fn name(names: &[&'static str], at: i8, length: Length) -> &'static str {
    let name = usize::try_from(at).ok().and_then(|at| names.get(at)).copied().unwrap_or_default();
    cut(name, length)
}

/// The text up to the first element, the element, and what is behind it.
pub fn next(layout: &str) -> (&str, Option<(Element, &str)>) {
    let found = layout.char_indices().find_map(|(at, _)| {
        let (before, rest) = layout.split_at(at);
        element(rest).map(|(element, length)| (before, Some((element, rest.get(length..).unwrap_or_default()))))
    });
    found.unwrap_or((layout, None))
}

/// The element that a text begins with, and how long it is.
fn element(text: &str) -> Option<(Element, usize)> {
    // An underscore in front of a year is one.
    if text.starts_with("_2006") {
        return None;
    }
    let is_there = |(written, element): &&(&str, Element)| {
        let rest = text.strip_prefix(written);
        let is_part_of_word = |rest: &str| rest.starts_with(|c: char| c.is_ascii_lowercase());
        let is_short = matches!(element, Element::MonthName(Length::Short) | Element::WeekdayName(Length::Short));
        rest.is_some_and(|rest| !(is_short && is_part_of_word(rest)))
    };
    let known = ELEMENTS.iter().find(is_there).map(|(written, element)| (*element, written.len()));
    known.or_else(|| fraction(text))
}

/// A point or comma, and noughts or nines behind it that no other digit follows.
fn fraction(text: &str) -> Option<(Element, usize)> {
    let mark = text.chars().next().filter(|c| matches!(c, '.' | ','))?;
    let digits = text.get(1..)?;
    let digit = digits.chars().next().filter(|c| matches!(c, '0' | '9'))?;
    let rest = digits.trim_start_matches(digit);
    let many = digits.len() - rest.len();
    let is_all = !rest.starts_with(|c: char| c.is_ascii_digit());
    is_all.then_some((Element::Fraction { mark, digits: many, trimmed: digit == '9' }, 1 + many))
}

/// A name at a length.
pub fn cut(name: &str, length: Length) -> &str {
    if length == Length::Short { name.get(..SHORT).unwrap_or(name) } else { name }
}
