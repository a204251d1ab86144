import Client
import HTTPServer
import Testing

/// What the service sends and its client waits for.
struct StreamPeriodTests {
    @Test func `drumbeat follow ends a stream when three comments in a row are missing`() {
        let period = ServerSettings().streamKeepAliveInterval
        #expect(Follower.silence == period * 3)
    }
}
