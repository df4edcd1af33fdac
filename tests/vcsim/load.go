package main

import (
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"
	"github.com/vmware/govmomi/vim25/xml"
)

// loadRecording serves a directory of govc object.save. The library gives up on a whole recording
// for one file it has no type for, so what it cannot take is left out, and said so on stderr.
func loadRecording(model *simulator.Model, dir string) error {
	files, methods, err := sortEntries(dir)
	if err != nil {
		return fmt.Errorf("loading %s: %w", dir, err)
	}
	if len(files) == 0 {
		return fmt.Errorf("loading %s: it holds no *.xml of govc object.save", dir)
	}
	// Recorded method replies lie in sub-directories. Each is tried alone: a failure names none.
	var usable []string
	if loadStaged(model, dir, append(files, methods...)) == nil {
		usable = methods
	} else {
		for _, sub := range methods {
			trial := simulator.VPX()
			err := loadStaged(trial, dir, append(files, sub))
			trial.Remove()
			if err != nil {
				fmt.Fprintf(os.Stderr, "vcsim: skipping %s: %v\n", filepath.Join(dir, sub), err)
				continue
			}
			usable = append(usable, sub)
		}
		if err := loadStaged(model, dir, append(files, usable...)); err != nil {
			return fmt.Errorf("loading %s: %w", dir, err)
		}
	}
	fmt.Fprintf(os.Stderr, "vcsim: loaded %d objects and %d recorded replies from %s\n", len(files), len(usable), dir)
	return nil
}

// sortEntries gives the object files that decode, and the sub-directories.
func sortEntries(dir string) (files, methods []string, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, nil, err
	}
	for _, entry := range entries {
		switch {
		case entry.IsDir():
			methods = append(methods, entry.Name())
		case filepath.Ext(entry.Name()) == ".xml":
			if err := decodes(filepath.Join(dir, entry.Name())); err != nil {
				fmt.Fprintf(os.Stderr, "vcsim: skipping %s: %v\n", filepath.Join(dir, entry.Name()), err)
				continue
			}
			files = append(files, entry.Name())
		}
	}
	return files, methods, nil
}

func decodes(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	decoder := xml.NewDecoder(file)
	decoder.TypeFunc = types.TypeFunc()
	var content types.ObjectContent
	return decoder.Decode(&content)
}

// loadStaged loads the named entries only, through a directory of links to them.
func loadStaged(model *simulator.Model, dir string, names []string) error {
	stage, err := os.MkdirTemp("", "vcsim-load-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(stage)
	source, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := os.Symlink(filepath.Join(source, name), filepath.Join(stage, name)); err != nil {
			return err
		}
	}
	log.SetOutput(io.Discard) // the library's remarks on recorded objects, once per attempt
	defer log.SetOutput(os.Stderr)
	return model.Load(stage)
}
