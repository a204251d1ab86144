/// Limits on requests. The defaults are those of http-strictness, H3 and H17…H27.
public struct WireLimits: Sendable, Equatable {
    /// Bytes of the request line without its CRLF; more is 414. H17.
    public var requestLineBytesMax = 8_192
    /// Bytes of one field line without its CRLF; more is 431. H17.
    public var fieldLineBytesMax = 8_192
    /// Bytes of all field lines with their CRLFs; more is 431. H17.
    public var fieldsBytesMax = 16_384
    /// Field lines in a head; more is 431. H17.
    public var fieldsMax = 100
    /// Empty lines tolerated before a request line; more is 400. H27.
    public var emptyLinesMax = 2
    /// Query items in a target; more is 400.
    public var queryItemsMax = 100
    /// Bytes of a body where the route sets no limit; more is 413. H18.
    public var bodyBytesDefault = 262_144
    /// Bytes of a body on any route, whatever its limit; more is 413. H18.
    public var bodyBytesMax = 1_048_576
    /// Bytes of extensions on one chunk; more is 400. H20.
    public var chunkExtensionBytesMax = 256
    /// Bytes of chunk extensions in one message; more is 400. H20.
    public var chunkExtensionsBytesMax = 4_096
    /// Chunks in one body; more is 400. H21.
    public var chunksMax = 4_096
    /// Minimum average bytes per chunk after `chunksBeforeAverage` chunks; fewer is 400. H21.
    public var chunkAverageBytesMin = 16
    /// Chunks that are exempt from the average. H21.
    public var chunksBeforeAverage = 64
    /// Trailer lines after a chunked body; more is 431. H22.
    public var trailersMax = 16
    /// Bytes of all trailer lines with their CRLFs; more is 431. H22.
    public var trailersBytesMax = 4_096
    /// Requests on one connection; the last response has `Connection: close`.
    public var requestsPerConnectionMax = 100_000
    /// Bytes read and discarded during the lingering close after the last response. H26.
    public var lingeringBytesMax = 65_536
    /// Pipelined requests served on one connection before other connections are served. H25.
    public var pipelinedMax = 16

    public init() {}
}
