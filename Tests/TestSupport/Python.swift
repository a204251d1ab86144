import Glibc

/// The python3 of the tests, for peers and for tasks of another program.
package enum Python {
    /// The system's python3; only its standard library may be used.
    package static let plain = "python3"

    /// The python3 that has the packages of Tests/requirements.txt.
    package static func withPackages() throws -> String { try packages() + "/python3" }

    /// The `bin` folder of those packages, in the virtual environment that `DRUMBEAT_TEST_PYTHON` names.
    package static func packages() throws -> String {
        guard let folder = getenv("DRUMBEAT_TEST_PYTHON").map({ String(cString: $0) }), !folder.isEmpty else {
            throw TestFault(
                "DRUMBEAT_TEST_PYTHON names no virtual environment with the packages of Tests/requirements.txt: run `make test`, or\n"
                    + "  python3 -m venv .build/python && .build/python/bin/pip install -r Tests/requirements.txt\n"
                    + "  DRUMBEAT_TEST_PYTHON=.build/python swift test")
        }
        let programs = (folder.hasPrefix("/") ? folder : repository + "/" + folder) + "/bin"
        guard access(programs + "/python3", X_OK) == 0 else {
            throw TestFault(
                "there is no \(programs)/python3: run `make test`, which makes the virtual environment")
        }
        return programs
    }
}

/// The repository's top folder.
package let repository: String = {
    // Tests/TestSupport/Python.swift
    let parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
    return parts.dropLast(3).joined(separator: "/")
}()
