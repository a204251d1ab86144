import OperatingSystem

/// A text that people read: built in, or replaced by a file of the operator's folder.
struct TextFile {
    private static let bytesMax = 64 << 10

    let text: String
    /// Where it comes from, for errors.
    let origin: String

    /// `name` is the path inside the folder.
    init(_ name: String, builtIn: String, folder: String?) throws(ConfigurationFault) {
        guard let folder, Files.exists("\(folder)/\(name)") else {
            text = builtIn
            origin = "built-in \(name)"
            return
        }
        origin = "\(folder)/\(name)"
        text = try TextFile.read(origin)
    }

    private static func read(_ path: String) throws(ConfigurationFault) -> String {
        let bytes: [UInt8]
        do throws(FileFault) {
            bytes = try Files.read(path, bytesMax: bytesMax)
        } catch {
            throw ConfigurationFault(
                "\(error). Make the file readable, or remove it to use the built-in text.")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ConfigurationFault(
                "\(path) is not UTF-8. Save it as UTF-8, or remove it to use the built-in text.")
        }
        return text
    }
}
