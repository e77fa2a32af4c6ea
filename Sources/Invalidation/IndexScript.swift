import Bytes

/// A Lua script that Redis runs as one step: what it reads and removes cannot be interleaved with a client's
/// write.
struct IndexScript: Sendable {
    let source: ByteString

    private init(_ source: String) { self.source = ByteString(source) }

    /// Takes members of an index set and unlinks them, a bounded number at a time.
    ///
    /// `KEYS[1]` the set; `ARGV[1]` how many at most; `ARGV[2]` `take`, or `look` to leave everything as it
    /// is; `ARGV[3]` how many names follow that stay, members and all (the keys that a client has just
    /// written), and those names; then the Lua patterns of protected names. Returns how many members remain,
    /// how many keys were unlinked, and the names of the members that were stale.
    static let take = IndexScript(
        """
        local look = ARGV[2] == 'look'
        local found = redis.call(look and 'SRANDMEMBER' or 'SPOP', KEYS[1], ARGV[1])
        local last = 3 + tonumber(ARGV[3])
        local stays = {}
        for i = 4, last do stays[ARGV[i]] = true end
        local kept = {}
        local stale = {}
        for _, member in ipairs(found) do
          if stays[member] then
            kept[#kept + 1] = member
          else
            local safe = false
            for i = last + 1, #ARGV do
              if string.find(member, ARGV[i]) then safe = true; break end
            end
            if not safe then stale[#stale + 1] = member end
          end
        end
        local removed = 0
        if not look then
          for i = 1, #stale, 1000 do
            removed = removed + redis.call('UNLINK', unpack(stale, i, math.min(i + 999, #stale)))
          end
        end
        if not look and #kept > 0 then redis.call('SADD', KEYS[1], unpack(kept)) end
        return {redis.call('SCARD', KEYS[1]) - #kept, removed, stale}
        """)

    /// Removes members whose keys do not exist.
    ///
    /// `KEYS[1]` the set; `ARGV` the members to look at. For sets of tags (`freshet:sub:`) a member is dead
    /// when the tag has neither members nor children. Returns how many were removed.
    static let sweep = IndexScript(
        """
        local tags = string.sub(KEYS[1], 1, 12) == 'freshet:sub:'
        local dead = {}
        for _, member in ipairs(ARGV) do
          local alive
          if tags then
            alive = redis.call('EXISTS', 'freshet:tag:' .. member, 'freshet:sub:' .. member)
          else
            alive = redis.call('EXISTS', member)
          end
          if alive == 0 then dead[#dead + 1] = member end
        end
        if #dead == 0 then return 0 end
        return redis.call('SREM', KEYS[1], unpack(dead))
        """)
}
