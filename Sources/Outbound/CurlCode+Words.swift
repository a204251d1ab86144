import CCurl

extension CURLcode {
    /// What it means, for a person: `its name was not found`, said of a server. `nil` for a code that is rare or our own fault.
    ///
    /// libcurl's own words name functions of C and numbers of errors.
    var plain: String? {
        switch self {
        case CURLE_COULDNT_RESOLVE_HOST: "its name was not found; check the spelling, and the name server"
        case CURLE_COULDNT_CONNECT: "it accepts no connection; it may be down, or the port may be wrong"
        case CURLE_OPERATION_TIMEDOUT: "it did not answer in time"
        // HTTP/0.9 is an unsupported protocol: other schemes are refused before.
        case CURLE_UNSUPPORTED_PROTOCOL, CURLE_WEIRD_SERVER_REPLY:
            "it does not speak HTTP; check the port, and whether it needs https://"
        case CURLE_GOT_NOTHING: "it closed the connection without an answer"
        case CURLE_SEND_ERROR, CURLE_RECV_ERROR: "the connection broke off"
        case CURLE_PARTIAL_FILE, CURLE_WRITE_ERROR, CURLE_ABORTED_BY_CALLBACK: "the connection ended early"
        case CURLE_SSL_CONNECT_ERROR:
            "no TLS connection was made; it may speak no TLS, or only an old version"
        case CURLE_PEER_FAILED_VERIFICATION:
            "its certificate is of an unknown authority, for another name, or expired"
        case CURLE_SSL_CACERT_BADFILE: "the certificates of the authorities cannot be read on this machine"
        default: nil
        }
    }

    /// Whether libcurl's own words add nothing that a person could use, such as `SSL_ERROR_SYSCALL, errno 115`.
    var isWithoutDetail: Bool {
        [
            CURLE_UNSUPPORTED_PROTOCOL, CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_PARTIAL_FILE,
            CURLE_WRITE_ERROR, CURLE_ABORTED_BY_CALLBACK,
        ].contains(self)
    }
}
