# What applications do with Redis, in Ruby: threads share one client or have one each.
require_relative 'connecting'

def cache_aside(redis)
  loads = 0
  product = lambda do |number|
    key = "product:#{number}:view"
    redis.get(key) || "product #{number}, load #{loads += 1}".tap { |view| redis.setex(key, 300, view) }
  end
  expect([1, 1, 2].map(&product), ['product 1, load 1', 'product 1, load 1', 'product 2, load 2'], 'a cache')
  expect(redis.ttl('product:1:view').between?(1, 300), true, 'a cached value expires')
  redis.unlink('product:1:view')
  expect(product.call(1), 'product 1, load 3', 'a removed value is loaded again')
  found = redis.mapped_mget('product:1:view', 'product:2:view', 'product:3:view')
  expect(found.values, ['product 1, load 3', 'product 2, load 2', nil], 'many values at once')
  bytes = (0..255).map(&:chr).join.b * 400
  redis.set('product:4:image', bytes)
  expect(redis.get('product:4:image').b == bytes, true, 'bytes of every kind')
end

def sessions(redis)
  touch = lambda do |token, fields|
    redis.multi do |transaction|
      transaction.hset("session:#{token}", fields)
      transaction.hincrby("session:#{token}", 'requests', 1)
      transaction.expire("session:#{token}", 1800)
    end
  end
  expect(touch.call('t1', 'user' => 7, 'theme' => 'dark'), [2, 1, true], 'a session begins')
  expect(touch.call('t1', 'theme' => 'light'), [0, 2, true], 'a session goes on')
  known = { 'user' => '7', 'theme' => 'light', 'requests' => '2' }
  expect(redis.hgetall('session:t1'), known, 'what a session knows')
  redis.pexpire('session:t1', 1)
  wait_until('the end of a session') { redis.exists('session:t1').zero? }
  expect(redis.hgetall('session:t1'), {}, 'a session that has expired')
end

def queue(redis)
  done = Queue.new
  consumers = Array.new(4) do
    Thread.new do
      mine = connect
      while (job = mine.brpoplpush('jobs', 'jobs:taken', timeout: 20)) != 'end'
        done << job
        mine.lrem('jobs:taken', 1, job)
      end
    end
  end
  200.times { |number| redis.lpush('jobs', "job #{number}") }
  redis.lpush('jobs', ['end'] * consumers.size)
  consumers.each(&:join)
  jobs = Array.new(done.size) { done.pop }
  expect(jobs.sort == Array.new(200) { |number| "job #{number}" }.sort, true, 'each job is done once')
  expect(redis.lrange('jobs:taken', 0, -1), ['end'] * 4, 'every job was acknowledged')
  expect(redis.blpop('jobs', timeout: 0.05), nil, 'nothing left')
  redis.zadd('urgent', [[5, 'later'], [1, 'now']])
  expect(redis.bzpopmin('urgent', timeout: 20), ['urgent', 'now', 1.0], 'the most urgent')
end

RELEASE = "return redis.call('GET', KEYS[1]) == ARGV[1] and redis.call('DEL', KEYS[1]) or 0".freeze

def locks(redis)
  release = redis.script(:load, RELEASE)
  workers = Array.new(6) do |number|
    Thread.new do
      mine = connect
      5.times do
        sleep 0.002 until mine.set('lock:stock', "worker #{number}", nx: true, px: 30_000)
        mine.set('stock', mine.get('stock').to_i + 1)
        mine.evalsha(release, keys: ['lock:stock'], argv: ["worker #{number}"])
      end
    end
  end
  workers.each(&:join)
  expect([redis.get('stock'), redis.exists('lock:stock')], ['30', 0], 'nobody works at the same time')
  redis.set('lock:stock', 'another')
  expect(redis.evalsha(release, keys: ['lock:stock'], argv: ['me']), 0, "another's lock")
  redis.script(:flush)
  expect_error('a script that was forgotten') { redis.evalsha(release, keys: ['lock:stock'], argv: ['me']) }
end

WINDOW = <<~LUA.freeze
  redis.call('ZREMRANGEBYSCORE', KEYS[1], 0, ARGV[1] - ARGV[2])
  if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[3]) then return 0 end
  redis.call('ZADD', KEYS[1], ARGV[1], ARGV[4])
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
  return 1
LUA

def limiter(redis)
  fixed = lambda do
    redis.multi do |transaction|
      transaction.incr('limit:7')
      transaction.call(['EXPIRE', 'limit:7', 60, 'NX'])
    end
  end
  expect(Array.new(3) { fixed.call.first }, [1, 2, 3], 'a fixed window')
  allowed = [0, 10, 20, 30, 1005, 1006].map do |time|
    redis.eval(WINDOW, keys: ['window:7'], argv: [5000 + time, 1000, 3, "request #{time}"])
  end
  expect(allowed, [1, 1, 1, 0, 1, 0], 'a sliding window')
end

def optimism(redis)
  workers = Array.new(4) do
    Thread.new do
      mine = connect
      10.times do
        changed = nil
        while changed.nil?
          mine.watch('balance') do
            balance = mine.get('balance').to_i
            changed = mine.multi { |transaction| transaction.set('balance', balance + 5) }
          end
        end
      end
    end
  end
  workers.each(&:join)
  expect(redis.get('balance'), '200', 'forty watched changes')
end

def messages(redis)
  received = []
  subscriber = Thread.new do
    mine = connect
    mine.psubscribe('news:*') do |on|
      on.pmessage do |_, channel, message|
        received << [channel, message]
        mine.punsubscribe if message == 'end'
      end
    end
    expect(mine.ping, 'PONG', 'a subscriber that goes on with commands')
  end
  wait_until('the subscription') { redis.pubsub(:numpat) == 1 }
  expect(Array.new(50) { |number| redis.publish("news:#{number % 3}", number) }, [1] * 50, 'a subscriber')
  redis.publish('news:0', 'end')
  subscriber.join
  found = received.map(&:last)
  expect(found == (0...50).map(&:to_s) + ['end'], true, 'messages in order')
  expect(redis.publish('news:0', 'nobody'), 0, 'nobody listens any more')
end

def shared_client(redis)
  threads = Array.new(20) do |number|
    Thread.new do
      (0...20).reject do |turn|
        stamp = "#{number}-#{turn}"
        replies = redis.pipelined do |pipeline|
          pipeline.set("stamp:#{number}", stamp)
          pipeline.get("stamp:#{number}")
          pipeline.echo(stamp)
        end
        replies == ['OK', stamp, stamp]
      end
    end
  end
  expect(threads.flat_map(&:value), [], 'twenty threads with one client')
end

def words(redis)
  redis.set('text', 'words')
  expect_error('a value of another type') { redis.lpush('text', 1) }
  expect_error('a command that is not there') { redis.call('NOSUCH', 'a', 'b') }
  replies = redis.pipelined { |pipeline| (0...500).each { |number| pipeline.set("p:#{number}", number) } }
  expect(replies == ['OK'] * 500, true, 'a pipeline of 500')
  expect(redis.scan_each(match: 'p:*', count: 50).to_a.uniq.size, 500, 'scanning')
  other = connect(db: 5)
  other.set('text', 'elsewhere')
  expect([redis.get('text'), other.get('text')], %w[words elsewhere], 'two databases')
end

def users(redis)
  redis.call('ACL', 'SETUSER', 'alice', 'on', '>secret', '~open:*', '+@all')
  alice = connect(username: 'alice', password: 'secret')
  expect([alice.call('ACL', 'WHOAMI'), redis.call('ACL', 'WHOAMI')], %w[alice default], 'two users')
  expect(alice.set('open:1', 'v'), 'OK', 'a key that alice may write')
  expect_error('a key that she may not read') { alice.get('text') }
  expect_error('a wrong password') { connect(username: 'alice', password: 'wrong').ping }
  redis.call('ACL', 'DELUSER', 'alice')
end

redis = connect
cache_aside(redis)
sessions(redis)
queue(redis)
locks(redis)
limiter(redis)
optimism(redis)
messages(redis)
shared_client(redis)
words(redis)
users(redis)
