//! The kinds of flags, after the flag types of pflag, k8s.io/component-base and etcd.

/// How a flag reads its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `strconv.ParseBool`; needs no value.
    Bool,
    /// Any text.
    String,
    /// A signed number of so many bits.
    Int(u32),
    /// An unsigned number of so many bits.
    Uint(u32),
    /// A log level: decimal, unsigned.
    Level,
    /// `pattern=level,…`; repeats add.
    Levels,
    /// A floating number.
    Float,
    /// `1h30m`.
    Duration,
    /// `10Mi`; kept as written.
    Quantity,
    /// An address.
    Ip,
    /// An address, leading zeros allowed, or nothing.
    SloppyIp,
    /// An address with or without a port.
    IpPort,
    /// `30000-32767`.
    PortRange,
    /// `true`, `false`, `raw` or a version; needs no value.
    Version,
    /// Comma-separated, quotes as in CSV; repeats add.
    Strings,
    /// Whole texts; repeats add.
    StringArray,
    /// Comma-separated numbers; repeats add.
    Int32s,
    /// `cert,key[:domains]`; repeats add.
    CertKey,
    /// `node:type=quantity;…`; repeats add.
    ReservedMemory,
    /// `key=value:effect,…`; the last one counts.
    Taints,
    /// Comma-separated; the last one counts.
    CommaList,
    /// URLs, comma-separated; the last one counts; kept as written.
    Urls,
    /// `k=v` with quotes as in CSV; repeats merge.
    StringMap,
    /// `k=v,…`; repeats merge.
    Pairs,
    /// One `k=v` each; repeats merge.
    Pair,
    /// `k<v,…`; repeats merge.
    AnglePairs,
    /// `k=v,…` where `k` alone is `k=`; repeats merge.
    Labels,
    /// `Gate=bool,…`; repeats merge.
    Gates,
    /// `[component:]Gate=bool,…`; repeats merge.
    ComponentGates,
    /// `name:value,…`; repeats add to each name.
    Headers,
    /// Accepted and ignored.
    Ignored,
}

impl Kind {
    /// The kind of a word of `data/flags.tsv`.
    pub fn of_word(word: &str) -> Option<Self> {
        Some(match word {
            "bool" => Self::Bool,
            "string" => Self::String,
            "int32" => Self::Int(32),
            "int64" => Self::Int(64),
            "uint32" => Self::Uint(32),
            "uint64" => Self::Uint(64),
            "level" => Self::Level,
            "levels" => Self::Levels,
            "float32" | "float64" => Self::Float,
            "duration" => Self::Duration,
            "quantity" => Self::Quantity,
            "ip" => Self::Ip,
            "sloppy-ip" => Self::SloppyIp,
            "ip-port" => Self::IpPort,
            "port-range" => Self::PortRange,
            "version" => Self::Version,
            "strings" => Self::Strings,
            "string-array" => Self::StringArray,
            "int32s" => Self::Int32s,
            "cert-key" => Self::CertKey,
            "reserved-memory" => Self::ReservedMemory,
            "taints" => Self::Taints,
            "comma-list" => Self::CommaList,
            "urls" => Self::Urls,
            "string-map" => Self::StringMap,
            "pairs" => Self::Pairs,
            "pair" => Self::Pair,
            "angle-pairs" => Self::AnglePairs,
            "labels" => Self::Labels,
            "gates" => Self::Gates,
            "component-gates" => Self::ComponentGates,
            "headers" => Self::Headers,
            "ignored" => Self::Ignored,
            _ => return None,
        })
    }

    /// Whether the flag may stand without a value, and then means `true`.
    pub fn is_switch(self) -> bool {
        matches!(self, Self::Bool | Self::Version)
    }

    /// Whether repeats add up instead of replacing each other.
    pub fn adds_up(self) -> bool {
        self.is_list() || self.is_map()
    }

    /// Whether the value is a list to which repeats are appended.
    pub fn is_list(self) -> bool {
        let plain = matches!(self, Self::Strings | Self::StringArray | Self::Int32s | Self::CertKey);
        plain || matches!(self, Self::ReservedMemory | Self::Levels)
    }

    /// Whether the value is a map into which repeats are merged.
    pub fn is_map(self) -> bool {
        let pairs = matches!(self, Self::StringMap | Self::Pairs | Self::Pair | Self::AnglePairs | Self::Labels);
        pairs || matches!(self, Self::Gates | Self::ComponentGates | Self::Headers)
    }
}
