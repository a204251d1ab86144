extension Timestamp {
    private static let httpDateLength = 29
    private static let months: [StaticString] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
    /// The epoch was a Thursday.
    private static let weekdays: [StaticString] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]

    /// The moment as HTTP's preferred date, `Thu, 15 Jan 2026 10:17:00 GMT`. Source: RFC 9110 section 5.6.7.
    public var httpDate: String {
        let reading = ClockReading(self)
        let weekday = reading.daysSinceEpoch - reading.daysSinceEpoch.flooredQuotient(7) * 7
        return String(unsafeUninitializedCapacity: Self.httpDateLength) { buffer in
            var text = TextCursor(buffer)
            text.put(Self.weekdays[Int(weekday)])
            text.put(", ")
            text.put(reading.date.day, digits: 2)
            text.put(" ")
            text.put(Self.months[Int(reading.date.month - 1)])
            text.put(" ")
            text.put(reading.date.year, digits: 4)
            text.put(" ")
            text.put(reading.hour, digits: 2)
            text.put(":")
            text.put(reading.minute, digits: 2)
            text.put(":")
            text.put(reading.second, digits: 2)
            text.put(" GMT")
            return text.count
        }
    }
}
