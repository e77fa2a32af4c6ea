/// Stores a value if its sources are what they were: WATCH in one step, for EVAL and FCALL.
///
/// Arguments: how many sources; for each its name, its type and its expected beginning; then the key, its
/// type and the value. Returns 1 when it has stored.
enum StoreScript {
    static let functions = """
        local function read(name, type)
          if type == 'hash' then return redis.call('HGET', name, 'v') end
          if type == 'list' then return redis.call('LINDEX', name, -1) end
          return redis.call('GET', name)
        end
        local function store(args)
          local count = tonumber(args[1])
          for i = 0, count - 1 do
            local value = read(args[3 * i + 2], args[3 * i + 3])
            local expected = args[3 * i + 4]
            if not value or string.sub(value, 1, #expected) ~= expected then return 0 end
          end
          local key, type, value = args[3 * count + 2], args[3 * count + 3], args[3 * count + 4]
          if type == 'hash' then redis.call('HSET', key, 'v', value)
          elseif type == 'list' then redis.call('RPUSH', key, value)
          else redis.call('SET', key, value) end
          return 1
        end

        """

    static let source = functions + "return store(ARGV)"

    static func arguments(
        _ sources: [(name: String, type: FreshPlan.ValueType, stamp: Int)], key: String,
        _ type: FreshPlan.ValueType, _ value: String
    ) -> [String] {
        ["\(sources.count)"] + sources.flatMap { [$0.name, "\($0.type)", "\($0.stamp);"] }
            + [key, "\(type)", value]
    }
}
