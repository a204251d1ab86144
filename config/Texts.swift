/// The texts that are compiled in: what people read when no `DRUMBEAT_TEXTS` folder replaces it.
public enum Texts {
    /// The built-in status-update templates, by name.
    public static let templates: [String: String] = [
        "acknowledge": String(decoding: PackageResources.acknowledge_txt, as: UTF8.self)
    ]
}
