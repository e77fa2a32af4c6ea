import Bytes

/// How proxies that share a Redis agree about a schedule: scripts over one hash, `freshet:run:<name>`.
///
/// | field | |
/// |---|---|
/// | `last` | the last due time that is settled, in seconds since 1970: run, or left out |
/// | `spec` | the times that `last` belongs to, as text |
/// | `token` | counts the claims; the number of a claim is its fencing token |
/// | `holder`, `until` | whose claim it is, and until when by Redis's clock in milliseconds |
/// | `ran`, `by`, `runs`, `missed` | when and by whom it was run last, how often, what was missed |
enum ScheduleScript {
    /// Tells what is settled, and claims a due time unless it is or another proxy is at it.
    ///
    /// `KEYS[1]` the hash; `ARGV` holder, milliseconds that the claim lasts, now, the times as text, the last
    /// settled time that the proxy itself remembers or 0, the due time or 0 to claim none, seconds after
    /// which an unused hash expires, seconds by which a settled time may be in the future. Returns a word
    /// (`settled`, `held`, `claimed`), the last settled time, the token, who holds it, and for how many
    /// milliseconds more.
    static let claim: ByteString = """
        local s = redis.call('HMGET', KEYS[1], 'last', 'spec', 'holder', 'until')
        local now, known, due = tonumber(ARGV[3]), tonumber(ARGV[5]), tonumber(ARGV[6])
        local last = tonumber(s[1] or 0)
        if known > last then last = known end
        if last == 0 or (s[2] and s[2] ~= ARGV[4]) then last = math.max(last, now) end
        if last > now + tonumber(ARGV[8]) then last = due > 0 and due - 1 or now end
        redis.call('HSET', KEYS[1], 'last', last, 'spec', ARGV[4])
        redis.call('EXPIRE', KEYS[1], ARGV[7])
        if due <= last then return {'settled', last, 0, '', 0} end
        local t = redis.call('TIME')
        local clock = t[1] * 1000 + math.floor(t[2] / 1000)
        local left = tonumber(s[4] or 0) - clock
        if left > 0 and s[3] ~= ARGV[1] then return {'held', last, 0, s[3], left} end
        local token = redis.call('HINCRBY', KEYS[1], 'token', 1)
        redis.call('HSET', KEYS[1], 'holder', ARGV[1], 'until', clock + tonumber(ARGV[2]))
        return {'claimed', last, token, '', 0}
        """

    /// Settles a due time, or makes the claim last longer; only the last claim's token opens.
    ///
    /// `KEYS[1]` the hash; `ARGV` holder, token, the due time or 0 to claim on, milliseconds that the claim
    /// lasts, now, how many runs were made, how many times were missed. Returns a word (`settled`, `kept`,
    /// `lost`) and the last settled time.
    static let settle: ByteString = """
        local s = redis.call('HMGET', KEYS[1], 'last', 'holder', 'token')
        local last = tonumber(s[1] or 0)
        if s[2] ~= ARGV[1] or s[3] ~= ARGV[2] then return {'lost', last} end
        if ARGV[3] == '0' then
          local t = redis.call('TIME')
          local clock = t[1] * 1000 + math.floor(t[2] / 1000)
          redis.call('HSET', KEYS[1], 'until', clock + tonumber(ARGV[4]))
          return {'kept', last}
        end
        last = math.max(last, tonumber(ARGV[3]))
        redis.call('HSET', KEYS[1], 'last', last, 'until', 0)
        if tonumber(ARGV[6]) > 0 then redis.call('HSET', KEYS[1], 'ran', ARGV[5], 'by', ARGV[1]) end
        redis.call('HINCRBY', KEYS[1], 'runs', ARGV[6])
        redis.call('HINCRBY', KEYS[1], 'missed', ARGV[7])
        return {'settled', last}
        """
}
