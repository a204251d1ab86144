/// Results of Python for the two entries in `ChainTests`:
///
///     digest = hashlib.sha256(salt + words).hexdigest()
///     hash = hashlib.sha256(line.encode()).hexdigest()
enum Vectors {
    static let firstDigest = "d6d81b9c038dc10f475255c5eb809d06eccc45ddb9c1c071ab148b5e3c5452d1"
    static let firstLine = #"""
        [1,"01KF0Q2XG00000000000000000",1,"01KF0Q2XG0AAAAAAAAAAAAAAAA","declared","alice","slackbot",1768471380000,1768471380000,"internal",{"number":42,"severity":"major","interval_seconds":900,"due_at":"2026-01-15T10:08:00.000Z","nag_steps_seconds":[0,300,600],"nag_max":12,"due_soon_at":"2026-01-15T10:06:00.000Z"},"d6d81b9c038dc10f475255c5eb809d06eccc45ddb9c1c071ab148b5e3c5452d1","0000000000000000000000000000000000000000000000000000000000000000"]
        """#
    static let firstHash = "535226fac6f6d5ed4611335b65d27bf5080494a6ba8f8bd616c38422f4648f6b"
    static let secondDigest = "9078ce118568e7e2462917b0817fc641ed0f5e79eed0aa9e9f8ac600dcace4fc"
    static let secondLine = #"""
        [1,"01KF0Q2XG00000000000000000",2,"01KF0Q2XG0BBBBBBBBBBBBBBBB","finding","@böb \"x\" \\ \u2028","slackbot",1768471319500,1768471380001,"public",{"confirmed":true},"9078ce118568e7e2462917b0817fc641ed0f5e79eed0aa9e9f8ac600dcace4fc","535226fac6f6d5ed4611335b65d27bf5080494a6ba8f8bd616c38422f4648f6b"]
        """#
    static let secondHash = "d7167cf60a28e14be38d17aca450c74d1caf653e67dfa17dfc7c8a0b7fe967c4"
}
