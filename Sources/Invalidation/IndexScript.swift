import Bytes

/// A Lua script that Redis runs as one step: what it reads and removes cannot be interleaved with a client's
/// write.
struct IndexScript: Sendable {
    let source: ByteString

    init(_ source: String) { self.source = ByteString(source) }

    /// What the scripts below share: `ARGV` is read from the front with `word` and `list`; a member that
    /// matches none of the protected patterns is stale; `remove` removes, or softens. Keys that the user may
    /// not touch go to `refused`, with a reason, and keep no others; any other error ends the script. Keys
    /// that something follows from expire in the first half of the time.
    private static let prelude = """
        local at = 0
        local function word() at = at + 1; return ARGV[at] end
        local function list()
          local found = {}
          for i = 1, tonumber(word()) do found[i] = word() end
          return found
        end
        local function matches(name, patterns)
          for i = 1, #patterns do
            if string.find(name, patterns[i]) then return true end
          end
          return false
        end
        local refused, reason = {}, ''
        local function try(last, name, ...)
          local reply = redis.pcall(...)
          if type(reply) ~= 'table' or not reply.err then return reply end
          local error = reply.err
          local isKept = string.find(error, 'NOPERM', 1, true) or string.find(error, 'access', 1, true)
          if not isKept then return redis.call(...) end
          if last then refused[#refused + 1] = name; reason = reply.err end
          return nil
        end
        local function unlink(names, first, last)
          local removed = try(first == last, names[first], 'UNLINK', unpack(names, first, last))
          if removed then return removed end
          if first == last then return 0 end
          local middle = math.floor((first + last) / 2)
          return unlink(names, first, middle) + unlink(names, middle + 1, last)
        end
        local function remove(names, within, seed, sources)
          local removed = 0
          if within == 0 then
            for i = 1, #names, 1000 do
              removed = removed + unlink(names, i, math.min(i + 999, #names))
            end
            return removed
          end
          math.randomseed(seed)
          local lead = math.max(1, math.floor(within / 2))
          for i = 1, #names do
            local name = names[i]
            local left = try(true, name, 'PTTL', name)
            local wanted = math.random(1, matches(name, sources) and lead or within)
            if left and (left == -1 or left > wanted) then try(true, name, 'PEXPIRE', name, wanted) end
            if left and left ~= -2 then removed = removed + 1 end
          end
          return removed
        end

        """

    /// Takes an index set out of the index, and unlinks its members at once when they are few.
    ///
    /// `KEYS`: the set, the name that it gets, the set of such names. `ARGV`: how many members are few;
    /// milliseconds within which keys expire (0: they are unlinked) and a seed; then three lists, each with
    /// its length: names that stay, members and all (the keys that a client has just written), Lua patterns
    /// of names that something follows from, Lua patterns of protected names. Returns how many members are
    /// left to be drained, how many keys were removed, the names that were stale, and whether the drain set
    /// is kept since something follows from one of them, and the names of keys that could not be removed,
    /// with a reason. Called again with the same name, it tells how much is left.
    static let seize = IndexScript(
        prelude + """
            local set, drain, drains = KEYS[1], KEYS[2], KEYS[3]
            local few, within, seed = tonumber(word()), tonumber(word()), tonumber(word())
            local stays, sources, protected = list(), list(), list()
            if redis.call('EXISTS', drain) == 1 then
              redis.call('SADD', drains, drain)
              return {redis.call('SCARD', drain), 0, {}, 1}
            end
            if redis.call('SCARD', set) == 0 then return {0, 0, {}, 0} end
            redis.call('RENAME', set, drain)
            for i = 1, #stays do
              if redis.call('SREM', drain, stays[i]) == 1 then redis.call('SADD', set, stays[i]) end
            end
            local size = redis.call('SCARD', drain)
            if size == 0 then return {0, 0, {}, 0} end
            if size > few then
              redis.call('SADD', drains, drain)
              return {size, 0, {}, 1}
            end
            local stale, keep = {}, 0
            local members = redis.call('SMEMBERS', drain)
            for i = 1, #members do
              if not matches(members[i], protected) then
                stale[#stale + 1] = members[i]
                if keep == 0 and matches(members[i], sources) then keep = 1 end
              end
            end
            local removed = remove(stale, within, seed, sources)
            if keep == 1 then redis.call('SADD', drains, drain) else redis.call('UNLINK', drain) end
            return {0, removed, stale, keep, refused, reason}
            """)

    /// Unlinks some of the members of a drain set.
    ///
    /// `KEYS[1]` the set. `ARGV`: SSCAN's cursor and COUNT; how many members may go at most, however many
    /// SSCAN tells; milliseconds within which keys expire and a seed, as above; 1 when all stale names are to
    /// be returned, 0 for those only from which something follows; the lists of Lua patterns of sources and
    /// of protected names. Returns the next cursor (empty where some members of the page were left out), how
    /// many members were stale, how many keys were removed, the names, and the names of keys that could not
    /// be removed, with a reason.
    static let drain = IndexScript(
        prelude + """
            local cursor, count, most = word(), word(), tonumber(word())
            local within, seed, all = tonumber(word()), tonumber(word()), word() == '1'
            local sources, protected = list(), list()
            local reply = redis.call('SSCAN', KEYS[1], cursor, 'COUNT', count)
            local stale, told, next = reply[2], {}, reply[1]
            if #protected > 0 then
              stale = {}
              for i = 1, #reply[2] do
                if not matches(reply[2][i], protected) then stale[#stale + 1] = reply[2][i] end
              end
            end
            if #stale > most then
              next = ''
              for i = #stale, most + 1, -1 do stale[i] = nil end
            end
            if all then
              told = stale
            elseif #sources > 0 then
              for i = 1, #stale do
                if matches(stale[i], sources) then told[#told + 1] = stale[i] end
              end
            end
            local removed = remove(stale, within, seed, sources)
            return {next, #stale, removed, told, refused, reason}
            """)

    /// Removes keys, or softens them. `ARGV`: milliseconds within which they expire, a seed and the list of
    /// sources, as above; `KEYS` the keys. Returns how many were there.
    static let soften = IndexScript(
        prelude + "return remove(KEYS, tonumber(word()), tonumber(word()), list())")

    /// Gives a tag to keys by hand, or takes it from them. `KEYS` the keys; `ARGV[1]` the tag, `ARGV[2]`
    /// `give` or `take`. Only keys that exist are given one. Returns how many have changed.
    static let give = IndexScript(
        levels + """
            local tag, count = ARGV[1], 0
            for i = 1, #KEYS do
              local own = 'freshet:own:' .. KEYS[i]
              if ARGV[2] == 'take' then
                if redis.call('SREM', own, tag) == 1 then
                  count = count + redis.call('SREM', 'freshet:tag:' .. tag, KEYS[i])
                end
              elseif redis.call('EXISTS', KEYS[i]) == 1 then
                redis.call('SADD', own, tag)
                count = count + redis.call('SADD', 'freshet:tag:' .. tag, KEYS[i])
              end
            end
            if ARGV[2] == 'give' and count > 0 then levels(tag) end
            return count
            """)

    /// The tags that keys were given by hand and still carry. `KEYS` the keys; returns a list for each.
    static let given = IndexScript(
        """
        local lists = {}
        for i = 1, #KEYS do
          lists[i] = {}
          for _, tag in ipairs(redis.call('SMEMBERS', 'freshet:own:' .. KEYS[i])) do
            if redis.call('SISMEMBER', 'freshet:tag:' .. tag, KEYS[i]) == 1 then
              lists[i][#lists[i] + 1] = tag
            end
          end
        end
        return lists
        """)

    /// Records keys anew under the tags that they were given by hand. `KEYS` their `freshet:own:` sets.
    /// Returns how many records there are, and in turn the keys and tags of those that were not.
    static let renew = IndexScript(
        levels + """
            local count, added = 0, {}
            for i = 1, #KEYS do
              local key = string.sub(KEYS[i], 13)
              if redis.call('EXISTS', key) == 1 then
                for _, tag in ipairs(redis.call('SMEMBERS', KEYS[i])) do
                  if redis.call('SADD', 'freshet:tag:' .. tag, key) == 1 then
                    added[#added + 1] = key
                    added[#added + 1] = tag
                  end
                  levels(tag)
                  count = count + 1
                end
              end
            end
            return {count, added}
            """)

    /// Asks for records that names imply, and adds what is missing if so wanted.
    ///
    /// `KEYS` the index sets. `ARGV`: 1 to add; milliseconds within which keys that were softened expire;
    /// then for each key its name, how many records it owes, and for each of those the place of the set in
    /// `KEYS` and the member. What belongs to a key that is not there is not missing, nor is what was taken:
    /// of a key in a drain set, or one that expires so soon. Returns how many records were added, and key,
    /// set and member of each that was missing, in turn.
    static let check = IndexScript(
        """
        local adds, soon = ARGV[1] == '1', tonumber(ARGV[2])
        local at, added, missing, drains = 2, 0, {}, nil
        local function isDrained(key)
          drains = drains or redis.call('SMEMBERS', 'freshet:drains')
          for i = 1, #drains do
            if redis.call('SISMEMBER', drains[i], key) == 1 then return true end
          end
          return false
        end
        while at < #ARGV do
          local key, count, lacks = ARGV[at + 1], tonumber(ARGV[at + 2]), {}
          at = at + 2
          for i = 1, count do
            local set, member = KEYS[tonumber(ARGV[at + 1])], ARGV[at + 2]
            at = at + 2
            if redis.call('SISMEMBER', set, member) == 0 then lacks[#lacks + 1] = {set, member} end
          end
          if #lacks > 0 then
            local left = redis.call('PTTL', key)
            local counts = (left == -1 or left > soon) and not isDrained(key)
            for i = 1, left == -2 and 0 or #lacks do
              if adds then added = added + redis.call('SADD', lacks[i][1], lacks[i][2]) end
              if counts then
                missing[#missing + 1] = key
                missing[#missing + 1] = lacks[i][1]
                missing[#missing + 1] = lacks[i][2]
              end
            end
          end
        end
        return {added, missing}
        """)

    /// Reads the marks of the index, and makes those that are not there. `KEYS` their names; `ARGV`: what a
    /// new one says, and 1 to make all of them anew. Returns what each says.
    static let mark = IndexScript(
        """
        local epochs = {}
        for i = 1, #KEYS do
          local epoch = redis.call('GET', KEYS[i])
          if not epoch or ARGV[2] == '1' then
            epoch = ARGV[1]
            redis.call('SET', KEYS[i], epoch)
          end
          epochs[i] = epoch
        end
        return epochs
        """)

    /// Records a tag below each tag above it.
    private static let levels = """
        local function levels(tag)
          local child = tag
          for i = #tag, 2, -1 do
            if string.byte(tag, i) == 47 then
              local parent = string.sub(tag, 1, i - 1)
              redis.call('SADD', 'freshet:sub:' .. parent, child)
              child = parent
            end
          end
        end

        """

    /// Adds the members of a drain set to the index set that they were taken from. `KEYS`: the set, the
    /// drain set, the set of such names. Returns how many members the set has then.
    static let giveBack = IndexScript(
        """
        local count = redis.call('SUNIONSTORE', KEYS[1], KEYS[1], KEYS[2])
        redis.call('UNLINK', KEYS[2])
        redis.call('SREM', KEYS[3], KEYS[2])
        return count
        """)

    /// Removes members whose keys do not exist.
    ///
    /// `KEYS` the sets. `ARGV`: how many members are looked at, and SSCAN's cursor for the first set. For
    /// sets of tags (`freshet:sub:`) a member is dead when the tag has neither members nor children; the tags
    /// given to a key (`freshet:own:`) are dead with the key. Returns how many microseconds it took, 0 where
    /// Redis does not tell; and for as many of the sets as it has come to the next cursor, how many members
    /// were looked at and removed, and how many are left.
    static let sweep = IndexScript(
        """
        local left, cursor, pages = tonumber(ARGV[1]), ARGV[2], {}
        local began = redis.call('TIME')
        local function isDead(kind, member)
          if kind == 'freshet:sub:' then
            return redis.call('EXISTS', 'freshet:tag:' .. member, 'freshet:sub:' .. member) == 0
          end
          return redis.call('EXISTS', member) == 0
        end
        for i = 1, #KEYS do
          if left <= 0 then break end
          local set, kind = KEYS[i], string.sub(KEYS[i], 1, 12)
          local looked, removed, next = 1, 0, '0'
          if kind == 'freshet:own:' then
            if redis.call('EXISTS', string.sub(set, 13)) == 0 then
              looked = redis.call('SCARD', set)
              removed = looked
              redis.call('UNLINK', set)
            end
          else
            local page = redis.call('SSCAN', set, cursor, 'COUNT', left)
            local members, dead = page[2], {}
            next, looked = page[1], #members
            for j = 1, looked do
              if isDead(kind, members[j]) then dead[#dead + 1] = members[j] end
            end
            for j = 1, #dead, 1000 do
              removed = removed
                + redis.call('SREM', set, unpack(dead, j, math.min(j + 999, #dead)))
            end
          end
          left, cursor = left - looked - 1, '0'
          pages[i] = {next, looked, removed, redis.call('SCARD', set)}
        end
        local ended = redis.call('TIME')
        local microseconds = (ended[1] - began[1]) * 1000000 + ended[2] - began[2]
        return {math.max(0, microseconds), pages}
        """)
}
