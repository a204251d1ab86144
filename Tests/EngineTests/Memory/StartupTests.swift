import Incidents
import Journal
import Testing
import Time

@testable import Engine

struct StartupTests {
    private func rows(_ numbers: [Int]) -> [IncidentRow] {
        let moment = Timestamp(milliseconds: 1_768_471_380_000)
        return numbers.map {
            IncidentRow(
                number: $0, id: Incident.ID("01JINCIDENT\($0)"), status: .investigating, severity: .major,
                seq: 1, version: 1, declaredAt: moment, recordedAt: moment, changedAt: moment,
                changedPosition: 1, progressAt: moment, endedAlarmAt: nil, isConfidential: false)
        }
    }

    @Test func `rows from the newest to the oldest are taken`() throws {
        try Startup.checkOrder(of: rows([]), below: nil)
        try Startup.checkOrder(of: rows([9, 4, 1]), below: nil)
        try Startup.checkOrder(of: rows([9, 4, 1]), below: 10)
    }

    @Test(arguments: [([4, 4], nil), ([1, 9], nil), ([9, 1, 4], nil), ([9, 4], 9), ([9, 4], 5)])
    func `a row twice or out of its place is a broken store, and no trap`(numbers: [Int], limit: Int?) {
        let fault = #expect(throws: StoreFault.self) {
            try Startup.checkOrder(of: rows(numbers), below: limit)
        }
        guard case .broken(let words)? = fault else {
            Issue.record("\(String(describing: fault))")
            return
        }
        #expect(words.contains("drumbeat verify"))
    }
}
