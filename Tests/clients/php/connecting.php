<?php
// How every script here connects and reports; the argument is the port.
declare(strict_types=1);
error_reporting(E_ALL);
set_error_handler(function (int $level, string $message, string $file, int $line): never {
    throw new ErrorException($message, 0, $level, $file, $line);
});
// PHP's own sessions refuse to begin once anything has been printed.
ob_start();
if (!class_exists('Redis') || !function_exists('pcntl_fork')) {
    fwrite(STDERR, "there is no redis for PHP: run make setup\n");
    exit(1);
}

function connect(int $database = 0): Redis
{
    global $argv;
    $redis = new Redis();
    $redis->connect('127.0.0.1', (int) $argv[1], 20.0, null, 0, 20.0);
    if ($database) {
        $redis->select($database);
    }
    return $redis;
}

function shown(mixed $value): string
{
    return json_encode($value, JSON_UNESCAPED_SLASHES | JSON_PRESERVE_ZERO_FRACTION);
}

function fail(string $message): never
{
    ob_end_flush();
    fwrite(STDERR, "$message\n");
    exit(1);
}

function expect(mixed $found, mixed $expected, string $what): void
{
    if ($found !== $expected) {
        fail("$what: expected " . shown($expected) . ', found ' . shown($found));
    }
    echo "$what: ", shown($found), "\n";
}

/** Expects that Redis refuses the call: phpredis throws some errors, and of others it only keeps the words. */
function expect_error(Redis $redis, callable $call, string $what): void
{
    $redis->clearLastError();
    try {
        $found = $call();
        $words = $redis->getLastError();
    } catch (RedisException $thrown) {
        $words = $thrown->getMessage();
    }
    if ($words === null) {
        fail("$what: expected an error, found " . shown($found));
    }
    echo "$what: $words\n";
}

function wait_until(callable $condition, string $what): void
{
    $deadline = hrtime(true) + 20_000_000_000;
    while (!$condition()) {
        if (hrtime(true) > $deadline) {
            fail("waited in vain: $what");
        }
        usleep(2000);
    }
}

/** Runs the body in so many processes at once and returns what each of them returned. */
function in_processes(int $count, callable $body, ?callable $meanwhile = null): array
{
    $pipes = $children = [];
    for ($number = 0; $number < $count; $number++) {
        [$mine, $theirs] = stream_socket_pair(STREAM_PF_UNIX, STREAM_SOCK_STREAM, 0);
        $child = pcntl_fork();
        if ($child === 0) {
            try {
                fwrite($theirs, shown($body($number)));
            } catch (Throwable $thrown) {
                fwrite(STDERR, "process $number: {$thrown->getMessage()}\n");
            }
            // Ends without printing or closing what belongs to the parent.
            posix_kill(posix_getpid(), SIGKILL);
        }
        fclose($theirs);
        [$pipes[], $children[]] = [$mine, $child];
    }
    if ($meanwhile) {
        $meanwhile();
    }
    $results = array_map(fn ($pipe) => json_decode(stream_get_contents($pipe), true), $pipes);
    foreach ($children as $child) {
        pcntl_waitpid($child, $status);
    }
    return $results;
}
