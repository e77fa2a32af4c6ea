# What applications do with Redis, in Perl: workers are processes of their own.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Connecting;

sub cache_aside {
    my ($redis) = @_;
    my $loads   = 0;
    my $product = sub {
        my $key    = "product:$_[0]:view";
        my $cached = $redis->get($key);
        return $cached if defined $cached;
        my $view = "product $_[0], load " . ++$loads;
        $redis->set($key, $view, 'EX', 300);
        return $view;
    };
    my @found = map { $product->($_) } 1, 1, 2;
    expect(\@found, [ 'product 1, load 1', 'product 1, load 1', 'product 2, load 2' ], 'a cache');
    expect($redis->ttl('product:1:view') > 0, 1, 'a cached value expires');
    $redis->unlink('product:1:view');
    expect($product->(1), 'product 1, load 3', 'a removed value is loaded again');
    my @many = $redis->mget(map { "product:$_:view" } 1 .. 3);
    expect(\@many, [ 'product 1, load 3', 'product 2, load 2', undef ], 'many values at once');
    my $bytes = join('', map { chr } 0 .. 255) x 400;
    $redis->set('image', $bytes);
    expect($redis->get('image') eq $bytes, 1, 'bytes of every kind');
}

sub sessions {
    my ($redis) = @_;
    my $touch = sub {
        my ($token, @fields) = @_;
        $redis->multi;
        $redis->hset("session:$token", @fields);
        $redis->hincrby("session:$token", 'requests', 1);
        $redis->expire("session:$token", 1800);
        return [ $redis->exec ];
    };
    expect($touch->('t1', user => 7, theme => 'dark'), [ 2, 1, 1 ], 'a session begins');
    expect($touch->('t1', theme => 'light'), [ 0, 2, 1 ], 'a session goes on');
    my %known = $redis->hgetall('session:t1');
    expect(\%known, { user => 7, theme => 'light', requests => 2 }, 'what a session knows');
    $redis->pexpire('session:t1', 1);
    wait_until(sub { !$redis->exists('session:t1') }, 'the end of a session');
    expect([ $redis->hgetall('session:t1') ], [], 'a session that has expired');
}

sub queue {
    my ($redis) = @_;
    my $consume = sub {
        my $mine = connect_redis();
        my @done;
        while ((my $job = $mine->brpoplpush('jobs', 'jobs:taken', 15)) ne 'end') {
            push @done, $job;
            $mine->lrem('jobs:taken', 1, $job);
        }
        return @done;
    };
    my @done = map { @$_ } in_processes(
        4, $consume,
        sub {
            $redis->lpush('jobs', "job $_") for 100 .. 299;
            $redis->lpush('jobs', ('end') x 4);
        }
    );
    expect(join(',', sort @done) eq join(',', map { "job $_" } 100 .. 299), 1, 'each job is done once');
    expect([ $redis->lrange('jobs:taken', 0, -1) ], [ ('end') x 4 ], 'every job was acknowledged');
    $redis->rpush('low', 'c');
    $redis->rpush('high', 'a', 'b');
    my @found = map { [ $redis->blpop('high', 'low', 15) ] } 1 .. 3;
    expect(\@found, [ [ 'high', 'a' ], [ 'high', 'b' ], [ 'low', 'c' ] ], 'queues by priority');
}

my $release = "return redis.call('GET', KEYS[1]) == ARGV[1] and redis.call('DEL', KEYS[1]) or 0";

sub locks {
    my ($redis) = @_;
    my $work = sub {
        my ($number) = @_;
        my $mine = connect_redis();
        for (1 .. 5) {
            my $take = sub { $mine->set('lock:stock', "worker $number", 'NX', 'PX', 30_000) };
            wait_until($take, 'the lock');
            $mine->set('stock', ($mine->get('stock') // 0) + 1);
            $mine->eval($release, 1, 'lock:stock', "worker $number");
        }
        return 'done';
    };
    expect([ in_processes(6, $work) ], [ map { ['done'] } 1 .. 6 ], 'six workers');
    expect([ $redis->get('stock'), $redis->exists('lock:stock') ], [ 30, 0 ], 'nobody works at the same time');
    $redis->set('lock:stock', 'another');
    expect($redis->eval($release, 1, 'lock:stock', 'me'), 0, "another's lock");
    expect_error(sub { $redis->evalsha('0' x 40, 1, 'lock:stock', 'me') }, 'a script that is not there');
}

my $window = <<'LUA';
redis.call('ZREMRANGEBYSCORE', KEYS[1], 0, ARGV[1] - ARGV[2])
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[3]) then return 0 end
redis.call('ZADD', KEYS[1], ARGV[1], ARGV[4])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
LUA

sub limiter {
    my ($redis) = @_;
    my $fixed = sub {
        $redis->multi;
        $redis->incr('limit:7');
        $redis->expire('limit:7', 60);
        return [ $redis->exec ];
    };
    expect([ map { $fixed->() } 1 .. 3 ], [ [ 1, 1 ], [ 2, 1 ], [ 3, 1 ] ], 'a fixed window');
    my $sha     = $redis->script_load($window);
    my @allowed = map { $redis->evalsha($sha, 1, 'window:7', 5000 + $_, 1000, 3, "at $_") } 0, 10, 20, 30,
        1005, 1006;
    expect(\@allowed, [ 1, 1, 1, 0, 1, 0 ], 'a sliding window');
}

sub optimism {
    my ($redis) = @_;
    in_processes(
        4,
        sub {
            my $mine = connect_redis();
            for (1 .. 10) {
                my @replies;
                until (@replies) {
                    $mine->watch('balance');
                    my $balance = $mine->get('balance') // 0;
                    $mine->multi;
                    $mine->set('balance', $balance + 5);
                    @replies = grep { defined } $mine->exec;
                }
            }
            return ();
        }
    );
    expect($redis->get('balance'), 200, 'forty watched changes');
}

sub messages {
    my ($redis) = @_;
    my $listen = sub {
        my $mine = connect_redis();
        my @received;
        my $ended;
        my $hear = sub {
            my ($message) = @_;
            push @received, $message;
            $ended = $message eq 'end';
        };
        $mine->psubscribe('news:*', $hear);
        # Returns when no message came for so long.
        $mine->wait_for_messages(0.05) until $ended;
        $mine->punsubscribe('news:*', $hear);
        return @received, $mine->ping;
    };
    my ($received) = in_processes(
        1, $listen,
        sub {
            wait_until(sub { $redis->pubsub('numpat') == 1 }, 'the subscription');
            $redis->publish('news:' . $_ % 3, "message $_") for 0 .. 49;
            $redis->publish('news:0', 'end');
        }
    );
    my @sent = (map { "message $_" } 0 .. 49);
    expect(join(',', @$received) eq join(',', @sent, 'end', 'PONG'), 1, 'messages in order, then a command');
}

sub words {
    my ($redis) = @_;
    $redis->set('text', 'words');
    expect_error(sub { $redis->lpush('text', 1) }, 'a value of another type');
    expect_error(sub { $redis->nosuch('a', 'b') }, 'a command that is not there');
    my ($sum, $count) = (0, 0);
    for my $number (0 .. 499) {
        $redis->set("p:$number", $number, sub { });
        $redis->get("p:$number", sub { $sum += $_[0]; $count++ });
    }
    $redis->wait_all_responses;
    expect([ $count, $sum ], [ 500, 124750 ], 'a pipeline of 1000');
    my ($cursor, %found) = (0);
    do {
        ($cursor, my $keys) = $redis->scan($cursor, 'MATCH', 'p:*', 'COUNT', 50);
        $found{$_} = 1 for @$keys;
    } while ($cursor);
    expect(scalar keys %found, 500, 'scanning');
    my $other = connect_redis(on_connect => sub { $_[0]->select(5) });
    $other->set('text', 'elsewhere');
    expect([ $redis->get('text'), $other->get('text') ], [ 'words', 'elsewhere' ], 'two databases');
}

sub users {
    my ($redis) = @_;
    $redis->acl('SETUSER', 'alice', 'on', '>secret', '~open:*', '+@all');
    my $alice = connect_redis(username => 'alice', password => 'secret');
    expect([ $alice->acl('WHOAMI'), $redis->acl('WHOAMI') ], [ 'alice', 'default' ], 'two users');
    expect($alice->set('open:1', 'v'), 'OK', 'a key that alice may write');
    expect_error(sub { $alice->get('text') }, 'a key that she may not read');
    $redis->acl('DELUSER', 'alice');
    expect($redis->quit, 1, 'leaving');
}

my $redis = connect_redis();
$_->($redis) for \&cache_aside, \&sessions, \&queue, \&locks, \&limiter, \&optimism, \&messages, \&words,
    \&users;
