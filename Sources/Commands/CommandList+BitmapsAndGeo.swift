extension CommandList {
    /// Bitmaps, HyperLogLogs and geospatial indexes.
    static let bitmapsAndGeo = """
        bitcount             -2 1:R                         readonly
        bitfield             -2 1:U                         write,denyoom
        bitfield_ro          -2 1:R                         readonly,fast
        bitop                -4 2:O,3..-1:R                 write,denyoom
        bitpos               -3 1:R                         readonly
        geoadd               -5 1:U                         write,denyoom
        geodist              -4 1:R                         readonly
        geohash              -2 1:R                         readonly
        geopos               -2 1:R                         readonly
        georadius            -6 1:R,STORE@6:O,STOREDIST@6:O write,denyoom,movablekeys
        georadius_ro         -6 1:R                         readonly
        georadiusbymember    -5 1:R,STORE@5:O,STOREDIST@5:O write,denyoom,movablekeys
        georadiusbymember_ro -5 1:R                         readonly
        geosearch            -7 1:R                         readonly
        geosearchstore       -8 1:O,2:R                     write,denyoom
        getbit                3 1:R                         readonly,fast
        pfadd                -2 1:I                         write,denyoom,fast
        pfcount              -2 1..-1:R                     readonly
        pfdebug               3 2:U                         write,denyoom,admin
        pfmerge              -2 1:I,2..-1:R                 write,denyoom
        pfselftest            1 -                           admin
        setbit                4 1:U                         write,denyoom
        """
}
