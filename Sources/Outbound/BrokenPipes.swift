import Glibc

/// Blocks SIGPIPE in this thread. libcurl does not (`NOSIGNAL`), and OpenSSL may write to a socket whose peer has disconnected.
func blockBrokenPipes() {
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGPIPE)
    pthread_sigmask(SIG_BLOCK, &signals, nil)
}
