/// The texts that are compiled in: what people read when no `DRUMBEAT_TEXTS` folder replaces it.
public enum Texts {
    /// The built-in status-update templates, by name.
    public static let templates: [(name: String, text: String)] = [
        ("acknowledge", text(PackageResources.acknowledge_txt)),
        ("update", text(PackageResources.update_txt)),
        ("nothing_new", text(PackageResources.nothing_new_txt)),
        ("resolution", text(PackageResources.resolution_txt)),
        ("withdrawn", text(PackageResources.withdrawn_txt)),
        ("decide", text(PackageResources.decide_txt)),
        ("internal", text(PackageResources.internal_txt)),
    ]

    /// The checklist of the first ten minutes.
    public static let firstTenMinutes = text(PackageResources.first_ten_minutes_txt)
    /// The word lists of the linter.
    public static let lintWords = text(PackageResources.en_txt)
    /// The words of changes that say no steps.
    public static let noSteps = text(PackageResources.no_steps_txt)

    /// The systemd unit, which `drumbeat init --unit` writes.
    public static let unit = text(PackageResources.drumbeat_service)

    private static func text(_ bytes: [UInt8]) -> String {
        String(decoding: bytes, as: UTF8.self)
    }
}
