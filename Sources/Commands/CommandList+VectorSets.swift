extension CommandList {
    /// Vector sets, of Redis 8.
    static let vectorSets = """
        vadd        -5 1:U write,denyoom
        vcard        2 1:R readonly,fast
        vdim         2 1:R readonly,fast
        vemb        -3 1:R readonly,fast
        vgetattr     3 1:R readonly,fast
        vinfo        2 1:R readonly,fast
        vismember    3 1:R readonly,fast
        vlinks      -3 1:R readonly,fast
        vrandmember -2 1:R readonly
        vrange      -4 1:R readonly
        vrem         3 1:D write
        vsetattr     4 1:U write,fast
        vsim        -4 1:R readonly
        """
}
