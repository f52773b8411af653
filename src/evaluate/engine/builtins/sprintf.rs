//! `sprintf` as OPA has it: the verbs, flags, widths and complaints of Go's `fmt`. The engine's own knows few of them, and a message
//! that it cannot write would be a finding lost.

use std::borrow::Cow;

use anyhow::{Result, bail};
use regorus::Value;

use super::text;

/// The widest field and the longest precision; Go takes no more either.
const MOST_WIDE: usize = 1_000_000;

/// `sprintf(format, values)`
pub fn sprintf(args: &[Value]) -> Value {
    let Some(format) = text(args, 0) else { return Value::Undefined };
    let values: Vec<&Value> = match args.get(1) {
        Some(Value::Array(items)) => items.iter().collect(),
        Some(Value::Set(items)) => items.iter().collect(),
        _ => return Value::Undefined,
    };
    Value::from(Printer { rest: format, values, next: 0, is_reordered: false }.run())
}

/// What a template string comes to: its words and, for each expression, the set of what that came to.
pub fn template(args: &[Value]) -> Result<Value> {
    let Some(Value::Array(parts)) = args.first() else { return Ok(Value::Undefined) };
    let mut out = String::new();
    for part in parts.iter() {
        let value = match part {
            Value::Set(values) if values.len() > 1 => bail!("an expression of a template string has several values"),
            Value::Set(values) => values.first(),
            words => Some(words),
        };
        match value {
            Some(Value::String(text)) => out.push_str(text),
            Some(value) => out.push_str(&written(value)),
            None => out.push_str("<undefined>"),
        }
    }
    Ok(Value::from(out))
}

/// A value as Go would be handed it.
enum Arg<'v> {
    Int(i128),
    /// Digits beyond what counts here; Go has `*big.Int` for it.
    Large(String),
    Float(f64),
    Text(Cow<'v, str>),
}

/// What stands between `%` and the verb.
#[derive(Default, Clone)]
struct Spec {
    minus: bool,
    plus: bool,
    sharp: bool,
    space: bool,
    zero: bool,
    width: Option<usize>,
    precision: Option<usize>,
}

struct Printer<'a> {
    rest: &'a str,
    values: Vec<&'a Value>,
    next: usize,
    is_reordered: bool,
}

impl Printer<'_> {
    fn run(mut self) -> String {
        let mut out = String::with_capacity(2 * self.rest.len());
        while let Some((words, rest)) = self.rest.split_once('%') {
            out.push_str(words);
            self.rest = rest;
            self.verb(&mut out);
        }
        out.push_str(self.rest);
        let extra = self.values.get(self.next..).unwrap_or_default();
        if !self.is_reordered && !extra.is_empty() {
            let words =
                extra.iter().map(|value| Arg::of(value)).map(|value| format!("{}={}", value.kind(), value.plain()));
            out.push_str(&format!("%!(EXTRA {})", words.collect::<Vec<_>>().join(", ")));
        }
        out
    }

    /// The next character of the format, if it is such a one.
    fn next_if(&mut self, is_it: impl Fn(char) -> bool) -> Option<char> {
        let mut rest = self.rest.chars();
        let next = rest.next().filter(|next| is_it(*next))?;
        self.rest = rest.as_str();
        Some(next)
    }

    fn verb(&mut self, out: &mut String) {
        // Most verbs are a letter and no more, and print a text.
        let mut rest = self.rest.chars();
        if let (Some(verb @ ('s' | 'v' | 'q')), Some(Value::String(text))) = (rest.next(), self.values.get(self.next)) {
            (self.rest, self.next) = (rest.as_str(), self.next + 1);
            return if verb == 'q' { quote(out, text, '"', false) } else { out.push_str(text) };
        }
        let mut spec = self.flags();
        let is_bad = self.index();
        let width = self.number(out, "%!(BADWIDTH)");
        spec.minus |= width.is_some_and(|width| width < 0);
        spec.width = width.and_then(|width| usize::try_from(width.unsigned_abs()).ok());
        if self.next_if(|c| c == '.').is_some() {
            let precision = self.number(out, "%!(BADPREC)").unwrap_or(0);
            spec.precision = usize::try_from(precision).ok();
        }
        let is_bad = self.index() | is_bad;
        let Some(verb) = self.next_if(|_| true) else { return out.push_str("%!(NOVERB)") };
        if verb == '%' {
            return out.push('%');
        }
        match self.values.get(self.next) {
            _ if is_bad => out.push_str(&format!("%!{verb}(BADINDEX)")),
            None => out.push_str(&format!("%!{verb}(MISSING)")),
            Some(value) => {
                self.next += 1;
                out.push_str(&Arg::of(value).print(verb, &spec));
            }
        }
    }

    fn flags(&mut self) -> Spec {
        let mut spec = Spec::default();
        while let Some(flag) = self.next_if(|c| matches!(c, '-' | '+' | '#' | ' ' | '0')) {
            match flag {
                '-' => spec.minus = true,
                '+' => spec.plus = true,
                '#' => spec.sharp = true,
                ' ' => spec.space = true,
                _ => spec.zero = true,
            }
        }
        spec
    }

    fn digits(&mut self) -> String {
        let mut digits = String::new();
        while let Some(digit) = self.next_if(|c| c.is_ascii_digit()) {
            digits.push(digit);
        }
        digits
    }

    /// `[2]` says which value is next; whether there is no such one.
    fn index(&mut self) -> bool {
        if self.next_if(|c| c == '[').is_none() {
            return false;
        }
        self.is_reordered = true;
        let digits = self.digits();
        let is_closed = self.next_if(|c| c == ']').is_some();
        let at = digits.parse::<usize>().ok().filter(|at| is_closed && (1..=self.values.len()).contains(at));
        self.next = at.map_or(self.next, |at| at - 1);
        at.is_none()
    }

    /// A width or a precision: written, or `*` and the next value.
    fn number(&mut self, out: &mut String, complaint: &str) -> Option<i128> {
        let is_fitting = |number: &i128| number.unsigned_abs() <= MOST_WIDE as u128;
        let (number, is_asked) = if self.next_if(|c| c == '*').is_some() {
            self.next += 1;
            let value = self.values.get(self.next - 1).map(|value| Arg::of(value));
            (if let Some(Arg::Int(number)) = value { Some(number) } else { None }, true)
        } else {
            let digits = self.digits();
            (digits.parse().ok(), !digits.is_empty())
        };
        let number = number.filter(is_fitting);
        if is_asked && number.is_none() {
            out.push_str(complaint);
        }
        number
    }
}

impl<'v> Arg<'v> {
    fn of(value: &'v Value) -> Self {
        match value {
            Value::Number(number) => {
                // The digits; as JSON it would be a floating one beyond 64 bits.
                let text = format!("{number:?}");
                let is_whole = text.trim_start_matches('-').chars().all(|c| c.is_ascii_digit());
                match (text.parse(), text.parse()) {
                    (Ok(whole), _) => Self::Int(whole),
                    (_, Ok(number)) if !is_whole => Self::Float(number),
                    _ => Self::Large(text),
                }
            }
            Value::String(text) => Self::Text(Cow::Borrowed(text)),
            other => Self::Text(Cow::Owned(written(other))),
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Large(_) => "*big.Int",
            Self::Int(number) if i64::try_from(*number).is_err() => "*big.Int",
            Self::Int(_) => "int64",
            Self::Float(_) => "float64",
            Self::Text(_) => "string",
        }
    }

    fn plain(&self) -> String {
        self.print('v', &Spec::default())
    }

    fn print(&self, verb: char, spec: &Spec) -> String {
        let printed = match (self, verb) {
            (value, 'T') => Some(spec.pad(value.kind().to_owned())),
            (Self::Int(number), 's') if self.kind() == "*big.Int" => Some(spec.integer(*number, 10, 'd')),
            (Self::Int(number), 'd' | 'v') => Some(spec.integer(*number, 10, verb)),
            (Self::Int(number), 'b') => Some(spec.integer(*number, 2, verb)),
            (Self::Int(number), 'o' | 'O') => Some(spec.integer(*number, 8, verb)),
            (Self::Int(number), 'x' | 'X') => Some(spec.integer(*number, 16, verb)),
            (Self::Int(number), 'c') => Some(spec.pad(character(*number).to_string())),
            (Self::Int(number), 'q') => Some(spec.pad(quoted(&character(*number).to_string(), '\'', spec.plus))),
            (Self::Int(number), 'U') => Some(spec.pad(format!("U+{number:04X}"))),
            (Self::Large(digits), 's' | 'd' | 'v') => Some(spec.pad_with_spaces(digits.clone())),
            (Self::Float(number), 'v' | 'g' | 'G' | 'e' | 'E' | 'f' | 'F') => Some(spec.float(*number, verb)),
            (Self::Text(text), 's' | 'v' | 'q' | 'x' | 'X') => Some(spec.text(text, verb)),
            _ => None,
        };
        printed.unwrap_or_else(|| format!("%!{verb}({}={})", self.kind(), self.print('v', spec)))
    }
}

impl Spec {
    fn pad(&self, text: String) -> String {
        let missing = self.width.map_or(0, |width| width.saturating_sub(text.chars().count()));
        if missing == 0 {
            return text;
        }
        match self.minus {
            true => text + &" ".repeat(missing),
            false if self.zero => "0".repeat(missing) + &text,
            false => " ".repeat(missing) + &text,
        }
    }

    fn pad_with_spaces(&self, text: String) -> String {
        Self { zero: false, ..self.clone() }.pad(text)
    }

    fn sign(&self, is_negative: bool) -> &'static str {
        match () {
            () if is_negative => "-",
            () if self.plus => "+",
            () if self.space => " ",
            () => "",
        }
    }

    fn integer(&self, number: i128, base: u128, verb: char) -> String {
        let digits = radix(number.unsigned_abs(), base);
        let digits = match verb {
            _ if self.precision == Some(0) && number == 0 => String::new(),
            'X' => digits.to_uppercase(),
            _ => digits,
        };
        let sign = self.sign(number < 0);
        let prefix = match verb {
            'b' if self.sharp => "0b",
            'o' if self.sharp && !digits.starts_with('0') => "0",
            'O' => "0o",
            'x' if self.sharp => "0x",
            'X' if self.sharp => "0X",
            _ => "",
        };
        let fill = self.width.filter(|_| self.zero && !self.minus).map(|width| width.saturating_sub(sign.len()));
        let zeros = "0".repeat(self.precision.or(fill).unwrap_or(0).saturating_sub(digits.len()));
        self.pad_with_spaces(format!("{sign}{prefix}{zeros}{digits}"))
    }

    fn float(&self, number: f64, verb: char) -> String {
        let magnitude = number.abs();
        let digits = match verb {
            'f' | 'F' => format!("{magnitude:.*}", self.precision.unwrap_or(6)),
            'e' | 'E' => exponent(&format!("{magnitude:.*e}", self.precision.unwrap_or(6))),
            _ => general(magnitude, self.precision),
        };
        let digits = if matches!(verb, 'E' | 'G') { digits.to_uppercase() } else { digits };
        let sign = self.sign(number.is_sign_negative());
        let missing = self.width.unwrap_or(0).saturating_sub(sign.len() + digits.len());
        match self.zero && !self.minus {
            true => format!("{sign}{}{digits}", "0".repeat(missing)),
            false => self.pad_with_spaces(format!("{sign}{digits}")),
        }
    }

    fn text(&self, text: &str, verb: char) -> String {
        let end = self.precision.and_then(|most| Some(text.char_indices().nth(most)?.0));
        let text = end.and_then(|end| text.get(..end)).unwrap_or(text);
        let is_raw = self.sharp && !text.contains(|c: char| c == '`' || (c.is_control() && c != '\t'));
        let hex = |byte: u8| if verb == 'x' { format!("{byte:02x}") } else { format!("{byte:02X}") };
        self.pad(match verb {
            'x' | 'X' => text.bytes().map(hex).collect::<Vec<_>>().join(if self.space { " " } else { "" }),
            'q' if is_raw => format!("`{text}`"),
            'q' => quoted(text, '"', self.plus),
            'v' if self.sharp => quoted(text, '"', false),
            _ => text.to_owned(),
        })
    }
}

fn character(number: i128) -> char {
    u32::try_from(number).ok().and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER)
}

fn radix(mut number: u128, base: u128) -> String {
    let mut digits = Vec::new();
    loop {
        digits.extend(u32::try_from(number % base).ok().and_then(|digit| char::from_digit(digit, 16)));
        number /= base;
        if number == 0 {
            return digits.into_iter().rev().collect();
        }
    }
}

/// Rust writes `1e5` where Go writes `1e+05`.
fn exponent(text: &str) -> String {
    let Some((digits, power)) = text.split_once('e') else { return text.to_owned() };
    let (sign, power) = power.strip_prefix('-').map_or(('+', power), |power| ('-', power));
    format!("{digits}e{sign}{power:0>2}")
}

/// `%g`: the shortest digits, or so many; with an exponent below -4 and beyond the digits (six for the shortest), as in Go's strconv.
fn general(number: f64, precision: Option<usize>) -> String {
    let digits = precision.map(|precision| precision.max(1));
    let text = digits.map_or_else(|| format!("{number:e}"), |digits| format!("{number:.*e}", digits - 1));
    let (mantissa, power) = text.split_once('e').unwrap_or((&text, "0"));
    let power: i64 = power.parse().unwrap_or(0);
    let mantissa = if mantissa.contains('.') { mantissa.trim_end_matches('0').trim_end_matches('.') } else { mantissa };
    let many = i64::try_from(mantissa.chars().filter(char::is_ascii_digit).count()).unwrap_or(i64::MAX);
    let asked = digits.and_then(|digits| i64::try_from(digits).ok());
    let limit = asked.map_or(6, |asked| if asked > many && power < many { many } else { asked });
    if power < -4 || power >= limit {
        return exponent(&format!("{mantissa}e{power}"));
    }
    format!("{number:.*}", usize::try_from(many - 1 - power).unwrap_or(0))
}

/// A text in quotes, as Go writes it.
fn quoted(text: &str, quotes: char, is_ascii: bool) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    quote(&mut out, text, quotes, is_ascii);
    out
}

fn quote(out: &mut String, text: &str, quote: char, is_ascii: bool) {
    let is_plain = |c: char| match c {
        '\\' => false,
        c if c.is_ascii() => c != quote && !c.is_ascii_control(),
        c => !is_ascii && !c.is_control(),
    };
    out.push(quote);
    let mut rest = text;
    while let Some((at, c)) = rest.char_indices().find(|(_, c)| !is_plain(*c)) {
        let (plain, behind) = rest.split_at(at);
        out.push_str(plain);
        out.push_str(&escaped(c, quote));
        rest = behind.get(c.len_utf8()..).unwrap_or_default();
    }
    out.push_str(rest);
    out.push(quote);
}

fn escaped(c: char, quote: char) -> Cow<'static, str> {
    Cow::Borrowed(match c {
        '\\' => "\\\\",
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        '\u{7}' => "\\a",
        '\u{8}' => "\\b",
        '\u{b}' => "\\v",
        '\u{c}' => "\\f",
        c if c == quote => return format!("\\{c}").into(),
        c if c.is_ascii() => return format!("\\x{:02x}", u32::from(c)).into(),
        c if u32::from(c) < 0x1_0000 => return format!("\\u{:04x}", u32::from(c)).into(),
        c => return format!("\\U{:08x}", u32::from(c)).into(),
    })
}

/// A value as Rego writes it.
fn written(value: &Value) -> String {
    let mut out = String::new();
    write(&mut out, value);
    out
}

fn write(out: &mut String, value: &Value) {
    match value {
        Value::String(text) => quote(out, text, '"', false),
        Value::Array(items) => list(out, "[", "]", items.iter(), write),
        Value::Set(items) if items.is_empty() => out.push_str("set()"),
        Value::Set(items) => list(out, "{", "}", items.iter(), write),
        Value::Object(members) => list(out, "{", "}", members.iter(), |out, (key, value)| {
            write(out, key);
            out.push_str(": ");
            write(out, value);
        }),
        Value::Number(number) => out.push_str(&format!("{number:?}")),
        other => out.push_str(&other.to_string()),
    }
}

fn list<T>(out: &mut String, open: &str, close: &str, items: impl Iterator<Item = T>, one: fn(&mut String, T)) {
    out.push_str(open);
    for (at, item) in items.enumerate() {
        if at > 0 {
            out.push_str(", ");
        }
        one(out, item);
    }
    out.push_str(close);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn print(format: &str, values: &str) -> String {
        match sprintf(&[Value::from(format), Value::from_json_str(values).unwrap()]) {
            Value::String(text) => text.to_string(),
            other => other.to_string(),
        }
    }

    /// What conftest 0.71.1 prints.
    #[test]
    fn values_are_printed_as_go_prints_them() {
        let table = [
            ("%s|%d|%v|%5d|%-5d|%05d|%x|%X", "[5,5,5,5,5,5,255,255]", "%!s(int64=5)|5|5|    5|5    |00005|ff|FF"),
            ("%o|%b|%c|%q|%t|%e|%+d|%U", "[8,5,65,65,5,5,5,5]", "10|101|A|'A'|%!t(int64=5)|%!e(int64=5)|+5|U+0005"),
            (
                "%s|%d|%v|%5.2f|%-8.1f|",
                "[2.5,2.5,2.5,2.5,2.5]",
                "%!s(float64=2.5)|%!d(float64=2.5)|2.5| 2.50|2.5     |",
            ),
            ("%08.3f|%e|%.3g|%6v|%+.1f", "[2.5,2.5,2.5555,2.5,2.5]", "0002.500|2.500000e+00|2.56|   2.5|+2.5"),
            (
                "%d|%5s|%-5s|%x|%q|",
                r#"["abc","abc","abc","abc","a\"c"]"#,
                r#"%!d(string=abc)|  abc|abc  |616263|"a\"c"|"#,
            ),
            ("%.2s|%05s|% x|%c", r#"["abc","abc","abc","abc"]"#, "ab|00abc|61 62 63|%!c(string=abc)"),
            ("%s|%d|%v|%t", "[true,true,null,false]", "true|%!d(string=true)|null|%!t(string=false)"),
            ("%s|%v", r#"[["a",1,{"b":2.5}],{"k":["x",true]}]"#, r#"["a", 1, {"b": 2.5}]|{"k": ["x", true]}"#),
            ("a %s%s|", r#"["b","%s"]"#, "a b%s|"),
            ("%s %%s", r#"["a"]"#, "a %s"),
            ("%s", r#"["a","b"]"#, "a%!(EXTRA string=b)"),
            ("%s %s", r#"["a"]"#, "a %!s(MISSING)"),
            ("%d %d", "[1]", "1 %!d(MISSING)"),
            ("%d", r#"[1,"x",2.5]"#, "1%!(EXTRA string=x, float64=2.5)"),
            ("%%|%z|%!|%", "[1,2]", "%|%!z(int64=1)|%!!(int64=2)|%!(NOVERB)"),
            ("%[2]d %[1]d|%*d|%[9]d", "[1,2,5]", "2 1| 5|%!d(BADINDEX)"),
            ("%v|%v|%v", "[0.0001,0.00001,123456789.125]", "0.0001|1e-05|1.23456789125e+08"),
            ("%#x|%#v|%T|%p|% d|%#q", r#"[255,"a","a","a",7,"a"]"#, "0xff|\"a\"|string|%!p(string=a)| 7|`a`"),
            ("%9999999d", "[1]", "%!(BADWIDTH)1"),
        ];
        for (format, values, expected) in table {
            assert_eq!(print(format, values), expected, "{format}");
        }
    }
}
