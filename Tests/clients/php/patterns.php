<?php
// What applications do with Redis, in PHP: workers are processes of their own.
declare(strict_types=1);
require __DIR__ . '/connecting.php';

function cache_aside(Redis $redis): void
{
    $loads = 0;
    $product = function (int $number) use ($redis, &$loads): string {
        $key = "product:$number:view";
        $view = $redis->get($key);
        if ($view === false) {
            $view = "product $number, load " . ++$loads;
            $redis->setex($key, 300, $view);
        }
        return $view;
    };
    $found = array_map($product, [1, 1, 2]);
    expect($found, ['product 1, load 1', 'product 1, load 1', 'product 2, load 2'], 'a cache');
    expect($redis->ttl('product:1:view') > 0, true, 'a cached value expires');
    $redis->unlink('product:1:view');
    expect($product(1), 'product 1, load 3', 'a removed value is loaded again');
    $keys = ['product:1:view', 'product:2:view', 'product:3:view'];
    expect($redis->mGet($keys), ['product 1, load 3', 'product 2, load 2', false], 'many values at once');

    $redis->setOption(Redis::OPT_SERIALIZER, Redis::SERIALIZER_PHP);
    $redis->setOption(Redis::OPT_PREFIX, 'app:');
    $value = ['price' => 9.5, 'tags' => ['a', 'b'], 'bytes' => "\0\r\n"];
    $redis->set('object', $value, ['EX' => 100]);
    expect($redis->get('object') === $value, true, 'a serialised value');
    $redis->setOption(Redis::OPT_SERIALIZER, Redis::SERIALIZER_NONE);
    $redis->setOption(Redis::OPT_PREFIX, '');
    expect($redis->exists('app:object'), 1, 'a prefix');
}

function sessions(Redis $redis): void
{
    $touch = fn (string $token, array $fields) => $redis->multi()
        ->hMSet("session:$token", $fields)
        ->hIncrBy("session:$token", 'requests', 1)
        ->expire("session:$token", 1800)
        ->exec();
    expect($touch('t1', ['user' => '7', 'theme' => 'dark']), [true, 1, true], 'a session begins');
    expect($touch('t1', ['theme' => 'light']), [true, 2, true], 'a session goes on');
    $known = ['user' => '7', 'theme' => 'light', 'requests' => '2'];
    expect($redis->hGetAll('session:t1'), $known, 'what a session knows');
    $redis->pExpire('session:t1', 1);
    wait_until(fn () => !$redis->exists('session:t1'), 'the end of a session');
    expect($redis->hGetAll('session:t1'), [], 'a session that has expired');
}

/** PHP's own sessions, kept in Redis by phpredis, with its lock around each request. */
function native_sessions(): void
{
    global $argv;
    ini_set('session.save_handler', 'redis');
    ini_set('session.save_path', "tcp://127.0.0.1:{$argv[1]}?prefix=native:");
    ini_set('redis.session.locking_enabled', '1');
    ini_set('session.use_cookies', '0');
    ini_set('session.cache_limiter', '');
    $request = function (callable $body): mixed {
        session_id('fixed');
        session_start();
        $result = $body();
        session_write_close();
        return $result;
    };
    $request(function () { $_SESSION['cart'] = [1, 2]; });
    $request(function () { $_SESSION['cart'][] = 3; });
    $cart = $request(fn () => $_SESSION['cart']);
    session_id('fixed');
    session_start();
    session_destroy();
    $after = $request(fn () => $_SESSION);
    expect($cart, [1, 2, 3], "PHP's own session");
    expect($after, [], 'and its end');
}

function queue(Redis $redis): void
{
    $consume = function (): array {
        $mine = connect();
        $done = [];
        while (($job = $mine->brpoplpush('jobs', 'jobs:taken', 20)) !== 'end') {
            $done[] = $job;
            $mine->lRem('jobs:taken', $job, 1);
        }
        return $done;
    };
    $jobs = array_map(fn ($number) => "job $number", range(1, 200));
    $done = array_merge(...in_processes(4, $consume, function () use ($redis, $jobs) {
        foreach ($jobs as $job) {
            $redis->lPush('jobs', $job);
        }
        $redis->lPush('jobs', 'end', 'end', 'end', 'end');
    }));
    natsort($done);
    expect(array_values($done) === $jobs, true, 'each job is done once');
    expect($redis->lRange('jobs:taken', 0, -1), ['end', 'end', 'end', 'end'], 'every job was acknowledged');
    $redis->rPush('low', 'c');
    $redis->rPush('high', 'a', 'b');
    $found = array_map(fn () => $redis->blPop(['high', 'low'], 20), [1, 2, 3]);
    expect($found, [['high', 'a'], ['high', 'b'], ['low', 'c']], 'queues by priority');
}

const RELEASE = "return redis.call('GET', KEYS[1]) == ARGV[1] and redis.call('DEL', KEYS[1]) or 0";

function locks(Redis $redis): void
{
    $work = function (int $number): int {
        $mine = connect();
        for ($turn = 0; $turn < 5; $turn++) {
            $take = fn () => $mine->set('lock:stock', "worker $number", ['NX', 'PX' => 30_000]);
            wait_until($take, 'the lock');
            $mine->set('stock', (string) ((int) $mine->get('stock') + 1));
            $mine->eval(RELEASE, ['lock:stock', "worker $number"], 1);
        }
        return $turn;
    };
    expect(in_processes(6, $work), [5, 5, 5, 5, 5, 5], 'six workers');
    expect([$redis->get('stock'), $redis->exists('lock:stock')], ['30', 0], 'nobody works at the same time');
    $redis->set('lock:stock', 'another');
    expect($redis->eval(RELEASE, ['lock:stock', 'me'], 1), 0, "another's lock");
    $forgotten = fn () => $redis->evalSha(str_repeat('0', 40), ['lock:stock', 'me'], 1);
    expect_error($redis, $forgotten, 'a script that is not there');
}

const WINDOW = <<<'LUA'
    redis.call('ZREMRANGEBYSCORE', KEYS[1], 0, ARGV[1] - ARGV[2])
    if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[3]) then return 0 end
    redis.call('ZADD', KEYS[1], ARGV[1], ARGV[4])
    redis.call('PEXPIRE', KEYS[1], ARGV[2])
    return 1
    LUA;

function limiter(Redis $redis): void
{
    $fixed = fn () => $redis->multi()->incr('limit:7')->expire('limit:7', 60)->exec();
    expect([$fixed(), $fixed(), $fixed()], [[1, true], [2, true], [3, true]], 'a fixed window');
    $sha = $redis->script('load', WINDOW);
    $allowed = array_map(
        fn ($time) => $redis->evalSha($sha, ['window:7', (string) (5000 + $time), '1000', '3', "at $time"], 1),
        [0, 10, 20, 30, 1005, 1006]
    );
    expect($allowed, [1, 1, 1, 0, 1, 0], 'a sliding window');
}

function optimism(Redis $redis): void
{
    in_processes(4, function (): void {
        $mine = connect();
        for ($turn = 0; $turn < 10; $turn++) {
            do {
                $mine->watch('balance');
                $balance = (int) $mine->get('balance') + 5;
            } while ($mine->multi()->set('balance', (string) $balance)->exec() === false);
        }
    });
    expect($redis->get('balance'), '200', 'forty watched changes');
}

function messages(Redis $redis): void
{
    $listen = function (): array {
        $mine = connect();
        $received = [];
        $hear = function (Redis $redis, string $pattern, string $channel, string $message) use (&$received) {
            $received[] = $message;
            if ($message === 'end') {
                $redis->close();
            }
        };
        try {
            $mine->psubscribe(['news:*'], $hear);
        } catch (RedisException) {
            // The way out of phpredis's loop.
        }
        return [...$received, connect()->ping('after')];
    };
    [$received] = in_processes(1, $listen, function () use ($redis) {
        wait_until(fn () => $redis->pubsub('numpat') === 1, 'the subscription');
        for ($number = 0; $number < 50; $number++) {
            $redis->publish('news:' . $number % 3, "message $number");
        }
        $redis->publish('news:0', 'end');
    });
    $sent = array_map(fn ($number) => "message $number", range(0, 49));
    expect($received === [...$sent, 'end', 'after'], true, 'messages in order, then another connection');
}

function words(Redis $redis): void
{
    $redis->set('text', 'words');
    expect_error($redis, fn () => $redis->lPush('text', '1'), 'a value of another type');
    expect_error($redis, fn () => $redis->rawCommand('NOSUCH', 'a', 'b'), 'a command that is not there');
    $pipeline = $redis->pipeline();
    for ($number = 0; $number < 500; $number++) {
        $pipeline->set("p:$number", (string) $number)->get("p:$number");
    }
    $replies = $pipeline->exec();
    expect([count($replies), $replies[0], $replies[999]], [1000, true, '499'], 'a pipeline of 1000');
    $found = [];
    $iterator = null;
    while (($keys = $redis->scan($iterator, 'p:*', 50)) !== false) {
        array_push($found, ...$keys);
    }
    expect(count(array_unique($found)), 500, 'scanning');
    $other = connect(5);
    $other->set('text', 'elsewhere');
    expect([$redis->get('text'), $other->get('text')], ['words', 'elsewhere'], 'two databases');
}

function users(Redis $redis): void
{
    $redis->acl('SETUSER', 'alice', 'on', '>secret', '~open:*', '+@all');
    $alice = connect();
    $alice->auth(['alice', 'secret']);
    expect([$alice->acl('WHOAMI'), $redis->acl('WHOAMI')], ['alice', 'default'], 'two users');
    expect($alice->set('open:1', 'v'), true, 'a key that alice may write');
    expect_error($alice, fn () => $alice->get('text'), 'a key that she may not read');
    expect_error($alice, fn () => $alice->auth(['alice', 'wrong']), 'a wrong password');
    expect($alice->acl('WHOAMI'), 'alice', 'still alice');
    $redis->acl('DELUSER', 'alice');
}

/** A connection that outlives the request it was opened in, as under FPM. */
function persistence(): void
{
    global $argv;
    $values = [];
    for ($request = 0; $request < 3; $request++) {
        $redis = new Redis();
        $redis->pconnect('127.0.0.1', (int) $argv[1], 20.0, 'kept');
        $values[] = $redis->incr('requests');
        $redis->close();
    }
    expect($values, [1, 2, 3], 'a persistent connection');
}

$redis = connect();
cache_aside($redis);
sessions($redis);
native_sessions();
queue($redis);
locks($redis);
limiter($redis);
optimism($redis);
messages($redis);
words($redis);
users($redis);
persistence();
